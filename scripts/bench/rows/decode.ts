/** (d): every codec, 32-byte frames out of 64 KiB chunks in memory. */
import type { Claim, Contest, Side } from '../rounds.ts'
import { alone, type Settings, slices } from '../sides.ts'

const loop = 'loop'
const pushed = 'ours'
const staged = 'ours as a stage'

/** What else takes the same bytes apart, and how many times its speed is wanted. */
interface Rival {
  readonly name: string
  readonly script: string
  readonly least?: number
}

const prefixed: Rival = { name: 'it-length-prefixed', script: 'subjects/decode-length-prefixed.ts', least: 10 }
const split2: Rival = { name: 'split2', script: 'subjects/decode-split2.ts' }

export function decoding(settings: Settings): Contest[] {
  return [
    contest('fixed', settings),
    contest('delimiter', settings, split2),
    contest('text', settings, split2),
    contest('length', settings, prefixed),
    contest('varint', settings, prefixed),
    contest('chunked', settings),
    contest('close', settings),
    contest('half-close', settings)
  ]
}

function contest(codec: string, settings: Settings, rival?: Rival): Contest {
  const title = `d: decode, ${codec}`
  const whole = codec === 'close' || codec === 'half-close'
  const claims: Claim[] = [{ title, ours: pushed, rivals: [loop], least: 0.9 }]
  const sides: Side[] = [
    alone(loop, ['subjects/decode-loop.ts', codec], settings),
    alone(pushed, ['subjects/decode-ours.ts', codec, 'push'], settings)
  ]
  if (rival !== undefined) {
    const { name, script, ...wanted } = rival
    sides.push(alone(name, [script, codec], settings))
    sides.push(alone(staged, ['subjects/decode-ours.ts', codec, 'stage'], settings))
    claims.push({ title: `${title}, as a stage`, ours: staged, rivals: [name], ...wanted })
  }
  return { title, unit: whole ? 'MB/s' : 'frames/s', slices, sides, control: loop, claims }
}
