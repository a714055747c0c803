/** it-length-prefixed, as its documentation shows it: `for await` over `decode(source)`. Told: length or varint. */
import { decode, type LengthDecoderFunction } from 'it-length-prefixed'
import { corpus } from '../corpus.ts'
import { maxFrameBytes } from '../loops/loop.ts'
import { spin } from './spin.ts'

const fourBytes: LengthDecoderFunction = Object.assign(
  (data: Parameters<LengthDecoderFunction>[0]) => data.getUint32(0),
  {
    bytes: 4
  }
)

const prefix = process.argv[2] === 'length' ? 'length' : 'varint'
const input = corpus(prefix)
const options = { maxDataLength: maxFrameBytes, ...(prefix === 'length' ? { lengthDecoder: fourBytes } : {}) }

await spin(input, 'frames', async (tally, pass) => {
  while (pass()) {
    for await (const frame of decode(source(), options)) tally.one(frame)
  }
})

async function* source(): AsyncGenerator<Uint8Array> {
  yield* input.chunks
}
