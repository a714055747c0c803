/** A hand-written decoder, called with chunk after chunk. Told: its name. */
import { corpus, type Framing } from '../corpus.ts'
import { blocks } from '../loops/blocks.ts'
import { fixed } from '../loops/fixed.ts'
import { length } from '../loops/length.ts'
import { lines } from '../loops/lines.ts'
import type { Loop } from '../loops/loop.ts'
import { textLines } from '../loops/text-lines.ts'
import { varint } from '../loops/varint.ts'
import { whole } from '../loops/whole.ts'
import { spin } from './spin.ts'

type Make = () => Loop<Uint8Array> | Loop<string>

const loops: Record<string, [Framing, Make]> = {
  fixed: ['fixed', () => fixed(32)],
  delimiter: ['delimiter', lines],
  text: ['delimiter', textLines],
  length: ['length', length],
  varint: ['varint', varint],
  chunked: ['chunked', blocks],
  close: ['whole', whole],
  'half-close': ['whole', whole]
}

const [framing, make] = loops[process.argv[2] ?? '']!
const input = corpus(framing)

await spin(input, framing === 'whole' ? 'megabytes' : 'frames', (tally, pass) => {
  while (pass()) {
    const loop: Loop<Uint8Array | string> = make()
    for (const chunk of input.chunks) {
      const out: (Uint8Array | string)[] = []
      loop.push(chunk, out)
      tally.add(out)
    }
    const last: (Uint8Array | string)[] = []
    loop.end(last)
    tally.add(last)
  }
})
