/**
 * What a decoder counts, and streams of Node and of the web at both ends of a pipeline.
 */
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { delimiter } from '../../lib/codec/delimiter.ts'
import { json } from '../../lib/codec/json.ts'
import { length } from '../../lib/codec/length.ts'
import { text } from '../../lib/codec/text.ts'
import { batched } from '../../lib/stream/batched.ts'
import { collect } from '../../lib/stream/collect.ts'
import { decodeCounters } from '../../lib/stream/counted-step.ts'
import { decode } from '../../lib/stream/decode.ts'
import { each } from '../../lib/stream/each.ts'
import { encode } from '../../lib/stream/encode.ts'
import { map } from '../../lib/stream/map.ts'
import { pipe } from '../../lib/stream/pipe.ts'

const line = text(delimiter('\n', { maxBytes: 8 }))
const said = '1\n{x\n"a long one"\n2\n'

test('counters tell bytes, good frames and each kind of bad one, for all streams that share them', async () => {
  const counters = decodeCounters()
  const options = { onOversize: 'skip', onFault: 'item', counters } as const
  const values = json(delimiter('\n', { maxBytes: 8 }))
  await pipe(batched([Buffer.from(said)]), decode(values, options), collect())
  assert.deepEqual(counters, { bytes: said.length, frames: 2, oversized: 1, malformed: 1, truncated: 0 })
  await assert.rejects(pipe(batched([Buffer.from('3\ncut')]), decode(line, { counters }), collect()))
  await assert.rejects(pipe(batched([Buffer.from('3\ntoo long a line')]), decode(line, { counters }), collect()))
  assert.deepEqual(counters, { bytes: said.length + 5 + 17, frames: 4, oversized: 2, malformed: 1, truncated: 1 })
})

test('a frame in parts is one frame', async () => {
  const counters = decodeCounters()
  const wire = await pipe(batched([new Uint8Array(5), new Uint8Array(0)]), encode(length()), collect())
  await pipe(batched(wire), decode(length(), { asBodies: true, counters }), collect())
  assert.deepEqual([counters.frames, counters.bytes], [2, 7])
})

test('a Node stream and a web stream are sources, and a pipeline can be either', async () => {
  const chunks = [Buffer.from('on'), Buffer.from('e\ntwo'), Buffer.from('\n')]
  const shout = map((word: string) => word.toUpperCase())
  const web = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    }
  })
  for (const source of [Readable.from(chunks), web]) {
    const out = pipe(batched(source as AsyncIterable<Uint8Array>), decode(line), shout, encode(line))
    const back = Readable.toWeb(Readable.from(each(out)))
    const bytes = await new Response(back as ReadableStream<Uint8Array>).text()
    assert.equal(bytes, 'ONE\nTWO\n')
  }
})
