/**
 * Reads a zone file (TZif, RFC 8536) of the system: what Python and glibc read, so offset and abbreviation are theirs.
 *
 * Strategy: the second, 64-bit part of the file; after its last change, the rule at its end. Whatever is no such file,
 * is damaged, or counts leap seconds (`right/...`: no Date does) is undefined: the caller has another source.
 */
import { readFileSync } from 'node:fs'
import { type ZoneAt, zoneRule } from './zone-rule.ts'

const headerBytes = 44

export function zoneFile(path: string): ZoneAt | undefined {
  try {
    return parse(readFileSync(path))
  } catch {
    return undefined
  }
}

function counts(file: Buffer, start: number) {
  const [universal = 0, standard = 0, leaps = 0, times = 0, types = 0, letters = 0] = Array.from(
    { length: 6 },
    (_, index) => file.readUInt32BE(start + 20 + 4 * index)
  )
  return { flags: universal + standard, leaps, times, types, letters }
}

function parse(file: Buffer): ZoneAt | undefined {
  const old = counts(file, 0)
  const start = headerBytes + old.times * 5 + old.types * 6 + old.letters + old.leaps * 8 + old.flags
  if (file.toString('latin1', 0, 4) !== 'TZif' || file.toString('latin1', start, start + 4) !== 'TZif') {
    return undefined
  }
  const { flags, leaps, times, types, letters } = counts(file, start)
  if (leaps > 0 || times + types > file.length) {
    return undefined
  }
  const timesAt = start + headerBytes
  const typesAt = timesAt + times * 9
  const lettersAt = typesAt + types * 6
  const kinds = Array.from({ length: types }, (_, index) => {
    const at = typesAt + index * 6
    const nameAt = lettersAt + file.readUInt8(at + 5)
    return {
      isSummer: file.readUInt8(at + 4) === 1,
      moment: {
        offset: file.readInt32BE(at),
        abbreviation: file.toString('latin1', nameAt, file.indexOf(0, nameAt))
      }
    }
  })
  const changes = Array.from({ length: times }, (_, index) => ({
    epoch: Number(file.readBigInt64BE(timesAt + index * 8)),
    moment: kinds[file.readUInt8(timesAt + times * 8 + index)]?.moment
  }))
  const before = (kinds.find((kind) => !kind.isSummer) ?? kinds[0])?.moment
  const after = zoneRule(file.toString('latin1', lettersAt + letters + flags).trim())
  if (before === undefined) {
    return undefined
  }
  return (epoch) => {
    const index = changes.findLastIndex((change) => change.epoch <= epoch)
    return index === changes.length - 1 && index >= 0 && after ? after(epoch) : (changes[index]?.moment ?? before)
  }
}
