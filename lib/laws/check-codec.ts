/** Tries the laws of a codec, in any test runner. fast-check is loaded when it is needed, so that the rest works without. */
import type { Codec } from '../types.ts'
import type { LawName } from './law-table.ts'
import './meter.ts' // counts only what is compiled after it, so it is not loaded later
import type { Settings } from './for-all.ts'
import type { Knowledge } from './subject.ts'

export interface CheckOptions<F> extends Knowledge<F>, Settings {
  /** Only these laws. One that says nothing about the codec, or lacks the options it needs, is an error. */
  readonly laws?: readonly LawName[]
  /** Laws that are left out, each with the reason. */
  readonly skip?: { readonly [name in LawName]?: string }
}

/**
 * Tries every law that says something about a codec: that cuts make no difference, that a cut-off stream is an error, that
 * limits hold, that nothing is lost behind a frame, that work and memory grow in a straight line, and so on.
 *
 * Rejects with a `LawError` for the first law that is broken, with an `InvalidOptionError` for a law of another name, and
 * with an `Error` where fast-check (an optional peer dependency) is not installed.
 *
 * @param codec a codec, or what makes one; `Codec` says what it promises
 * @example test('our codec obeys the laws', () => checkCodec(ours, { frame: fc.string() }))
 */
export async function checkCodec<F>(codec: Codec<F> | (() => Codec<F>), options: CheckOptions<F>): Promise<void> {
  const { runLaws } = await import('./run-laws.ts').catch((cause: unknown) => {
    const missing =
      (cause as { code?: unknown }).code === 'ERR_MODULE_NOT_FOUND' && String(cause).includes('fast-check')
    if (!missing) throw cause
    throw new Error('checkCodec needs fast-check, which is not installed: npm install --save-dev fast-check', { cause })
  })
  await runLaws(codec, options)
}
