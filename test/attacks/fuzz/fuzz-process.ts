/**
 * Bytes made from bytes that led somewhere new, before one decoder after the other. What is kept of a run is the corpus:
 * files of hexadecimal lines in corpus/, small, from which the next run begins.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { FrameOverLimitError, PeerError } from '../../../lib/index.ts'
import { answerParent } from '../framework/remote.ts'
import { Coverage } from './coverage.ts'
import { decoders, type Fuzzed } from './decoders.ts'
import { Mutator } from './mutator.ts'

export interface FuzzReport {
  readonly cases: number
  readonly blocks: number
  readonly corpus: number
  /** Errors that are no fault of the peer, as the decoder sees it; the first. */
  readonly escaped: number
  readonly firstEscaped: string
  /** The longest that a case took, the best of three, in ms. */
  readonly mostMs: number
  readonly slowest: string
  /** Bytes of memory that come out of a byte, at most: of inputs of 64 bytes and more. */
  readonly mostTimes: number
  readonly largest: string
}

const file = (name: string): URL => new URL(`corpus/${name.replaceAll(/[^a-z0-9]+/gi, '-')}.txt`, import.meta.url)

function corpusOf(name: string, { seeds }: Fuzzed): Buffer[] {
  const kept = existsSync(file(name)) ? readFileSync(file(name), 'utf8').trim().split('\n') : []
  return [...seeds.map((seed) => Buffer.from(seed, 'latin1')), ...kept.map((line) => Buffer.from(line, 'hex'))]
}

/** Decodes in pieces, and answers how many bytes the frames keep. */
function decoded(codec: Fuzzed['codec'], input: Buffer, cut: number): number {
  const out: unknown[] = []
  const step = codec.decoder()
  for (let at = 0; at < input.length; at += cut) step.push([input.subarray(at, at + cut)], out)
  step.end?.(out)
  const seen = new Set<object>()
  return out.reduce<number>((sum, frame) => sum + sizeOf(frame, seen), 0)
}

/** What is there once counts once, however often it is referred to. */
function sizeOf(value: unknown, seen: Set<object>): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 1
  if (seen.has(value)) return 0
  seen.add(value)
  if (value instanceof Uint8Array) return value.byteLength
  const parts = value instanceof Map ? [...value].flat() : Object.values(value)
  return parts.reduce<number>((sum, part) => sum + sizeOf(part, seen), 1)
}

answerParent({
  names: () => Object.keys(decoders),

  fuzz({ name, ms, seed, keep }: { name: string; ms: number; seed: number; keep: boolean }): FuzzReport {
    const fuzzed = decoders[name] as Fuzzed
    const mutator = new Mutator(seed)
    const corpus: Buffer[] = []
    const coverage = new Coverage()
    const report = { cases: 0, escaped: 0, firstEscaped: '', mostMs: 0, slowest: '', mostTimes: 0, largest: '' }

    function tried(input: Buffer): number {
      const cut = mutator.pick([1, 3, 16, Math.max(1, input.length)])
      let bytes = 0
      const once = (): number => {
        const from = performance.now()
        try {
          bytes = decoded(fuzzed.codec, Buffer.from(input), cut)
        } catch (error) {
          if (!(error instanceof PeerError || error instanceof FrameOverLimitError)) {
            report.escaped++
            report.firstEscaped ||= `${String(error)} for ${input.toString('hex')}`
          }
        }
        return performance.now() - from
      }
      let took = once()
      const fresh = coverage.fresh()
      // A collection of garbage is no fault of the case.
      for (let round = 0; round < 3 && took > 5; round++) took = Math.min(took, once())
      if (took > report.mostMs) {
        report.mostMs = took
        report.slowest = input.toString('hex').slice(0, 200)
      }
      if (input.length >= 64 && bytes / input.length > report.mostTimes) {
        report.mostTimes = bytes / input.length
        report.largest = input.toString('hex').slice(0, 200)
      }
      report.cases++
      return fresh
    }

    for (const input of corpusOf(name, fuzzed)) {
      const fresh = tried(input)
      if (fresh > 0 || corpus.length === 0) corpus.push(input)
    }
    for (const until = performance.now() + ms; performance.now() < until; ) {
      const input = mutator.mutated(mutator.pick(corpus), corpus)
      if (tried(input) > 0) corpus.push(input)
    }
    coverage.close()
    if (keep) {
      const small = corpus.slice(fuzzed.seeds.length).filter(({ length }) => length > 0 && length <= 200)
      const lines = small.slice(0, 40).map((input) => input.toString('hex'))
      if (lines.length > 0) writeFileSync(file(name), `${lines.join('\n')}\n`)
    }
    return { ...report, blocks: coverage.blocks, corpus: corpus.length }
  }
})
process.once('disconnect', () => process.exit())
