/**
 * The law kit as its users see it: correct codecs of their own pass, the faults of other libraries are found and named,
 * and the message shows the smallest cut that does it.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type CheckOptions, type Codec, checkCodec, LawError } from 'it-serve/laws'
import { delimiter } from '../../lib/codec/delimiter.ts'
import { frameCodec } from '../../lib/codec/frame-codec.ts'
import { json } from '../../lib/codec/json.ts'
import { InvalidOptionError, UnexpectedEndError } from '../../lib/errors.ts'
import { DONE } from '../../lib/symbols.ts'
import { utf8 } from './bytes.ts'
import { cutting } from './mutants/cutting.ts'
import { lost } from './mutants/lost.ts'
import { manners } from './mutants/manners.ts'
import type { Mutant } from './mutants/mutant.ts'
import { rivals, rivalsText } from './mutants/rivals.ts'

/** A codec as a user writes one: each frame is a number of two bytes. */
const numbers: Codec<number> = {
  name: 'numbers',
  decoder: ({ frames = Number.POSITIVE_INFINITY } = {}) => {
    let held = Buffer.alloc(0)
    return {
      push(batch, out) {
        held = Buffer.concat([held, ...batch])
        let at = 0
        for (; frames > 0 && held.length - at >= 2; at += 2, frames--) out.push(held.readUInt16BE(at))
        held = Buffer.from(held.subarray(at))
        return frames > 0 ? undefined : DONE
      },
      end() {
        if (held.length === 0 || frames === 0) return
        throw new UnexpectedEndError('numbers', { phase: 'payload', had: held.length, needed: 2, partial: held })
      },
      held: () => (frames > 0 ? held.length : 0),
      rest: () => [held]
    }
  },
  encoder: () => ({
    push(batch, out) {
      const bytes = new DataView(new ArrayBuffer(2 * batch.length))
      for (const [index, number] of batch.entries()) bytes.setUint16(2 * index, number)
      if (batch.length > 0) out.push(new Uint8Array(bytes.buffer))
    }
  })
}

/** The same, but what a chunk leaves over is lost. */
const forgetful: Codec<number> = {
  ...numbers,
  name: 'forgetful',
  decoder: () => ({ ...numbers.decoder(), push: (batch, out) => numbers.decoder().push(batch, out) })
}

const number = fc.nat(65_535)
const values = fc.oneof(fc.nat(), fc.string(), fc.array(fc.oneof(fc.nat(), fc.string()), { maxLength: 5 }))

const broken = async <F>(codec: Codec<F> | (() => Codec<F>), options: CheckOptions<F>): Promise<LawError> => {
  const error: unknown = await checkCodec(codec, options).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof LawError, `expected a LawError, got ${error}`)
  return error
}

describe('checkCodec', () => {
  it('passes a codec of a user', () => checkCodec(numbers, { frame: number }))

  it('takes the records of fc.record, which have no prototype, for plain objects', () =>
    checkCodec(json(delimiter('\n')), { frame: fc.record({ list: fc.array(fc.record({ n: number })) }), runs: 0.2 }))

  it('counts of a range that is read no more than the range', () => {
    const words = frameCodec<string>({
      name: 'words',
      framer: () => ({
        name: 'words',
        need: 0,
        search: (_, bytes, at, end) => {
          const space = bytes.subarray(0, end).indexOf(32, at)
          return space < 0 ? -1 : space + 1 - at
        },
        take(bytes, at, end, out, most) {
          const all = Buffer.from(bytes.buffer, bytes.byteOffset, end)
          let from = at
          for (let left = most; left > 0 && from < end; left--) {
            const space = all.indexOf(' ', from)
            if (space < 0) break
            out.push(all.toString('latin1', from, space))
            from = space + 1
          }
          return from
        },
        truncated: (had) => ({ phase: 'payload', had })
      }),
      put: (word, packer) => packer.bytes(utf8(`${word} `))
    })
    return checkCodec(words, { frame: fc.stringMatching(/^[a-z]{0,9}$/), runs: 0.2 })
  })

  it('passes JSON lines, with nearly all that can be said of them', () =>
    checkCodec<unknown>(() => json(delimiter('\n', { maxBytes: 2000 })), {
      frame: values,
      anything: fc.oneof(values, fc.constantFrom(undefined, 1n)),
      faults: [utf8('{\n'), utf8('[1,]\n'), new Uint8Array(2002)],
      refused: [undefined, 1n, 'a'.repeat(2000)],
      cutOff: () => ({ phase: 'payload', needed: undefined }),
      limits: [
        {
          name: 'maxBytes',
          codec: () => json(delimiter('\n', { maxBytes: 5 })),
          free: () => json(delimiter('\n')),
          limit: 5,
          fits: 12_345,
          over: 123_456,
          refusedBy: 6
        }
      ]
    }))

  it('says which law is broken, how, and where the fewest cuts are that do it', async () => {
    const error = await broken(forgetful, { frame: number, seed: 1 })
    assert.equal(error.law, 'everyCut')
    assert.equal(error.seed, 1)
    assert.ok(error.cause instanceof Error)
    assert.equal(
      error.message,
      `forgetful breaks the law 'everyCut': the same frames however the bytes are cut: at every place, at every two places, byte by byte

cut like this: expected 1 frame, got 0

the bytes, | between chunks, || between batches:
0000  00 || 00  frame 1 payload  ..

expected 1 frame: 0
got      no frame

again: checkCodec(codec, { ..., laws: ['everyCut'], seed: 1 })`
    )
  })

  it('shows a random cutting with no more cuts than it needs', async () => {
    const error = await broken(forgetful, { frame: number, seed: 7, laws: ['randomCuts'] })
    assert.match(error.message, /^0000 {2}00 \|\|? 00 {2}frame 1 payload {2}\.\.\n$/m)
  })

  it('shows a fault of the peer that is none, and what a decoder throws that it must not', async () => {
    const lines = (): Codec<Uint8Array> => {
      const codec = delimiter('\n')
      return {
        ...codec,
        name: 'lines',
        decoder: (run) => {
          const decoder = codec.decoder(run)
          return {
            push(batch, out) {
              if (batch.some((chunk) => chunk.includes(0))) throw new TypeError('a zero')
              return decoder.push(batch, out)
            },
            end: (out) => decoder.end?.(out),
            held: () => decoder.held(),
            rest: () => decoder.rest()
          }
        }
      }
    }
    const frame = fc.uint8Array({ min: 48, max: 57, minLength: 1, maxLength: 5 })
    const error = await broken(lines, { frame, seed: 1, laws: ['damagedCuts'] })
    assert.equal(
      error.message,
      `lines breaks the law 'damagedCuts': damaged bytes and garbage: the same frames and the same fault in every cutting, and only faults of the peer

expected a decoder to throw nothing but a PeerError, got TypeError: a zero

the bytes, in one chunk:
0000  00  frame 1 header
      at byte 0: TypeError: a zero

again: checkCodec(codec, { ..., laws: ['damagedCuts'], seed: 1 })`
    )
  })

  it('takes the laws that are asked for, and leaves out those that are skipped', async () => {
    await checkCodec(forgetful, { frame: number, laws: ['roundTrip', 'batchesDoNotMatter'] })
    const error = await broken(forgetful, { frame: number, skip: { everyCut: 'known', randomCuts: 'known' } })
    assert.equal(error.law, 'prompt')
  })

  it('refuses a law that it does not know, or that needs to be told more', async () => {
    const frame = number
    await assert.rejects(checkCodec(numbers, { frame, laws: ['all' as 'packs'] }), InvalidOptionError)
    await assert.rejects(checkCodec(numbers, { frame, skip: { all: 'why' } as object }), InvalidOptionError)
    await assert.rejects(checkCodec(numbers, { frame, laws: ['bigCuts'] }), InvalidOptionError)
  })

  it('names fast-check where it is not installed; the rest of the kit works without', () => {
    const script = `
      import { register } from 'node:module'
      register('data:text/javascript,' + encodeURIComponent(\`export async function resolve(name, context, next) {
        if (name !== 'fast-check') return next(name, context)
        throw Object.assign(new Error("Cannot find package 'fast-check'"), { code: 'ERR_MODULE_NOT_FOUND' })
      }\`))
      const { checkCodec, explain, fakeClock } = await import('it-serve/laws')
      await fakeClock().advance(10)
      await checkCodec({}, {}).catch((error) => process.stdout.write(error.message))`
    const flags = ['--import', 'tsx', '--conditions', 'it-serve-source', '--input-type=module', '--eval', script]
    const said = execFileSync(process.execPath, flags, { encoding: 'utf8' })
    assert.equal(said, 'checkCodec needs fast-check, which is not installed: npm install --save-dev fast-check')
  })

  it('says so where it cannot count the work, because the codec ran before', () => {
    const script = `
      import fc from 'fast-check'
      const { delimiter } = await import('./lib/codec/delimiter.ts')
      delimiter('\\n').decoder().push([Buffer.from('a\\nb')], [])
      delimiter('\\n').encoder().push([Buffer.from('a')], [])
      const { checkCodec } = await import('it-serve/laws')
      const frame = fc.uint8Array({ min: 48, max: 57, maxLength: 9 })
      const laws = ['encoderWork']
      await checkCodec(delimiter('\\n'), { frame, laws }).catch((error) => process.stdout.write(error.message))`
    const flags = ['--import', 'tsx', '--conditions', 'it-serve-source', '--input-type=module', '--eval', script]
    const said = execFileSync(process.execPath, flags, { encoding: 'utf8' })
    assert.match(said, /^the law 'encoderWork' cannot be tried on .* ran before 'it-serve\/laws' was imported/)
  })
})

function findsRivals<F>(mutants: readonly Mutant<F>[]): void {
  for (const { fault, rival, subject, foundBy } of mutants) {
    if (rival === undefined) continue
    it(`${fault} (${rival})`, async () => {
      const { law } = await broken(subject.codec, { ...subject, seed: 1 })
      assert.ok(foundBy.includes(law), `found by ${law} instead of ${foundBy.join(', ')}`)
    })
  }
}

describe('checkCodec finds the faults of rivals', () => {
  // Those of work and memory are in mutants.test.ts: to come to them takes a second each.
  findsRivals([...rivals, ...lost, ...cutting, ...manners])
  findsRivals(rivalsText)
})
