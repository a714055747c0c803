/**
 * Bytes written down once, read in both directions: the encoder writes exactly these, the decoder finds exactly these
 * frames, or the fault named. The vectors are data (test/vectors/**.json), for other implementations to read as well.
 *
 *   codec       name and arguments; a delimiter is in hex (or several are), text and json have the codec below as their argument;
 *               a preset is named as it is exported, `pkt-line` for `pktLine`
 *   frames      in hex (`61*300` is 300 bytes 61), also inside `{ header, payload }`; of text the text, of json the value
 *   bytes       the wire, in hex
 *   decodeOnly  our encoder writes it otherwise
 *   error       the fault behind the frames, with some of its fields: for the decoder alone
 *   refused     a frame that the encoder refuses behind the others: for the encoder alone
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { chunked } from '../../lib/codec/chunked.ts'
import { close } from '../../lib/codec/close.ts'
import { cobs } from '../../lib/codec/cobs.ts'
import { delimiter } from '../../lib/codec/delimiter.ts'
import { dotStuffed } from '../../lib/codec/dot-stuffed.ts'
import { fixed } from '../../lib/codec/fixed.ts'
import { halfClose } from '../../lib/codec/half-close.ts'
import { json } from '../../lib/codec/json.ts'
import { length } from '../../lib/codec/length.ts'
import { slip } from '../../lib/codec/slip.ts'
import { text } from '../../lib/codec/text.ts'
import { hex, join } from '../../lib/laws/bytes.ts'
import { drip } from '../../lib/laws/cuttings.ts'
import { decode, decodeWhole, encodeBatches } from '../../lib/laws/outcome.ts'
import type { Codec } from '../../lib/types.ts'
import { unhex } from '../laws/bytes.ts'

type Spec = [name: string, ...args: unknown[]]

interface Vector {
  name: string
  codec: Spec
  frames: unknown[]
  bytes: string
  decodeOnly?: true
  error?: Record<string, unknown>
  refused?: unknown
}

const folder = new URL('../vectors/', import.meta.url)
const presetFolder = new URL('../../lib/codec/presets/', import.meta.url)

/** Every export of every preset, by its name. */
const presets = new Map<string, unknown>()
for (const file of readdirSync(presetFolder)) {
  const exported: object = await import(new URL(file, presetFolder).href)
  for (const [name, preset] of Object.entries(exported)) presets.set(name, preset)
}

/** Presets whose frames are values. */
const valued = ['ndjson', 'lsp']

/** Hex in which `61*300` stands for 300 bytes 61. */
function bytesOf(notation: string): Uint8Array {
  const parts = notation.split(' ').map((part) => {
    const [digits = '', times = '1'] = part.split('*')
    return join(Array.from({ length: Number(times) }, () => unhex(digits)))
  })
  return join(parts)
}

function bytesCodec([name, ...args]: Spec): Codec<Uint8Array> {
  const options = args.at(-1) as object
  if (name === 'close') return close(options)
  if (name === 'half-close') return halfClose(options)
  if (name === 'fixed') return fixed(args[0] as number)
  if (name === 'delimiter') return delimiter([args[0] as string | string[]].flat().map(unhex), args[1] as object)
  if (name === 'slip') return slip(options)
  if (name === 'cobs') return cobs(options)
  if (name === 'dot-stuffed') return dotStuffed(options)
  if (name === 'length') return length(options)
  if (name === 'chunked') return chunked(options)
  throw new Error(`no such codec: ${name}`)
}

/** The codec of a vector, and how its frames are written there. */
function codecOf([name, ...args]: Spec): { codec: Codec<unknown>; frame: (written: unknown) => unknown } {
  const asIs = (value: unknown): unknown => value
  if (name === 'text') return { codec: text(bytesCodec(args[0] as Spec)) as Codec<unknown>, frame: asIs }
  if (name === 'json') return { codec: json(bytesCodec(args[0] as Spec), args[1] as object), frame: asIs }
  const exported = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
  const preset = presets.get(exported) as ((...args: unknown[]) => Codec<unknown>) | undefined
  const codec = preset?.(...args) ?? (bytesCodec([name, ...args]) as Codec<unknown>)
  return { codec, frame: valued.includes(name) ? asIs : frameOf }
}

/** Bytes; a header and bytes; or a signal, which is written as it is. */
function frameOf(written: unknown): unknown {
  if (typeof written === 'string') return bytesOf(written)
  const { payload, ...others } = written as { payload?: string }
  return payload === undefined ? others : { ...others, payload: bytesOf(payload) }
}

function readVector({ codec: spec, frames: written, bytes: notation, error }: Vector): void {
  const { codec, frame } = codecOf(spec)
  const bytes = bytesOf(notation)
  for (const outcome of [decodeWhole(codec, bytes), decode(codec, drip(bytes)), decode(codec, drip(bytes, true))]) {
    assert.deepEqual(outcome.frames, written.map(frame))
    const found = Object.keys(error ?? {}).map((key) => [key, outcome.fault?.fields[key]])
    assert.deepEqual(Object.fromEntries(found), error ?? {})
    assert.equal(outcome.fault === undefined, error === undefined, outcome.fault?.message)
  }
}

function writeVector({ codec: spec, frames: written, bytes, ...vector }: Vector): void {
  const { codec, frame } = codecOf(spec)
  const refused = 'refused' in vector ? [frame(vector.refused)] : []
  const outcome = encodeBatches(codec, [[...written.map(frame), ...refused]])
  assert.equal(hex(outcome.bytes), hex(bytesOf(bytes)))
  assert.equal(outcome.fault?.code, refused.length > 0 ? 'ERR_FRAME_REFUSED' : undefined)
}

const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
// Those of matrix.json need functions as options: options-matrix.test.ts reads them.
for (const file of files.filter((name) => name.endsWith('.json') && name !== 'matrix.json')) {
  describe(`vectors: ${file}`, () => {
    for (const vector of JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Vector[]) {
      if (!('refused' in vector)) it(`reads: ${vector.name}`, () => readVector(vector))
      if (!vector.decodeOnly && !vector.error) it(`writes: ${vector.name}`, () => writeVector(vector))
    }
  })
}
