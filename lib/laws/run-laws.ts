/** The part of the law kit that needs fast-check: makes a subject of what is known of a codec, and tries the laws on it. */
import fc from 'fast-check'
import { InvalidOptionError } from '../errors.ts'
import type { Codec } from '../types.ts'
import type { CheckOptions } from './check-codec.ts'
import { LawError } from './law-error.ts'
import { type LawName, lawTable } from './law-table.ts'
import { NotCounted } from './meter.ts'
import { encodeBatches } from './outcome.ts'
import { report } from './report.ts'
import type { Law, Subject } from './subject.ts'

/** @throws InvalidOptionError | LawError */
export async function runLaws<F>(codec: Codec<F> | (() => Codec<F>), options: CheckOptions<F>): Promise<void> {
  const { laws, skip = {} } = options
  for (const name of [...(laws ?? []), ...Object.keys(skip)]) {
    if (!(name in lawTable)) throw new InvalidOptionError('laws', name, `one of ${Object.keys(lawTable).join(', ')}`)
  }
  const subject = subjectOf(codec, options)
  for (const [name, law] of Object.entries(lawTable) as [LawName, Law][]) {
    if (name in skip || (laws !== undefined && !laws.includes(name))) continue
    if (applies(law, subject)) await runLaw(name, subject)
    else if (laws !== undefined) {
      throw new InvalidOptionError('laws', name, 'a law for this kind of codec, with the options that it needs')
    }
  }
}

/** Does the law say anything about this codec? */
export function applies<F>(law: Law, subject: Subject<F>): boolean {
  return law.applies?.(subject) ?? true
}

/** @throws LawError */
export async function runLaw<F>(name: LawName, subject: Subject<F>): Promise<void> {
  const law: Law = lawTable[name]
  const { seed = (Date.now() ^ (Math.random() * 2 ** 32)) | 0 } = subject
  try {
    await law.check({ ...subject, seed })
  } catch (cause) {
    const message =
      cause instanceof NotCounted
        ? `the law '${name}' cannot be tried on ${subject.name}: ${cause.message}. Import 'it-serve/laws' in front of what calls the codec, or leave the law out: skip: { ${name}: 'cannot be counted' }`
        : report(subject.name, name, law, seed, cause)
    throw new LawError(name, seed, message, { cause })
  }
}

function subjectOf<F>(codec: Codec<F> | (() => Codec<F>), options: CheckOptions<F>): Subject<F> {
  const make = typeof codec === 'function' ? codec : () => codec
  const { seed = (Date.now() ^ (Math.random() * 2 ** 32)) | 0, frame } = options
  return {
    ...options,
    name: make().name,
    codec: make,
    seed,
    anything: options.anything ?? frame,
    small: options.small ?? smallest(make(), fc.sample(frame, { numRuns: 100, seed }))
  }
}

/** The frame with the fewest bytes on the wire; of one byte only where there is no other, for it cannot be cut. */
function smallest<F>(codec: Codec<F>, frames: F[]): F {
  const sized = frames.map((frame) => ({ frame, size: sizeOf(codec, frame) })).sort((a, b) => a.size - b.size)
  return (sized.find(({ size }) => size > 1) ?? sized[0]!).frame
}

/** 0 for a frame that is refused or worse: a law will say so. */
function sizeOf<F>(codec: Codec<F>, frame: F): number {
  try {
    return encodeBatches(codec, [[frame]]).bytes.length
  } catch {
    return 0
  }
}
