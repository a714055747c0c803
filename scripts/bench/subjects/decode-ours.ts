/**
 * Our decoders. Told: a codec, and `push` for the bare decoder (what a hand-written loop is compared with) or `stage` for
 * the pipeline stage read with `for await` (what other libraries are compared with).
 */
import { type Codec, decode } from '../../../lib/index.ts'
import { corpus } from '../corpus.ts'
import { codec, framings } from './codecs.ts'
import { spin, type Tally } from './spin.ts'

const [name = '', way] = process.argv.slice(2)
const input = corpus(framings[name]!)
// One type for both kinds of frames: they are only counted.
const chosen = codec(name) as Codec<Uint8Array | string>

function push(tally: Tally, pass: () => boolean): void {
  while (pass()) {
    const decoder = chosen.decoder()
    for (const chunk of input.chunks) {
      const out: (Uint8Array | string)[] = []
      decoder.push([chunk], out)
      tally.add(out)
    }
    const last: (Uint8Array | string)[] = []
    decoder.end?.(last)
    tally.add(last)
  }
}

async function stage(tally: Tally, pass: () => boolean): Promise<void> {
  while (pass()) {
    for await (const batch of decode(chosen)(source())) tally.add(batch)
  }
}

async function* source(): AsyncGenerator<Uint8Array[]> {
  for (const chunk of input.chunks) yield [chunk]
}

await spin(input, framings[name] === 'whole' ? 'megabytes' : 'frames', way === 'stage' ? stage : push)
