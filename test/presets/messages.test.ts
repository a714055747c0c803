/** What netstring, syslog, mllp, ndjson and lsp do with options that cannot be, with frames too large, and with bad ones. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BodyBegin, type BodyData, BodyEnd } from '../../lib/body.ts'
import { lsp, lspBytes } from '../../lib/codec/presets/lsp.ts'
import { mllp } from '../../lib/codec/presets/mllp.ts'
import { ndjson } from '../../lib/codec/presets/ndjson.ts'
import { netstring } from '../../lib/codec/presets/netstring.ts'
import { syslog } from '../../lib/codec/presets/syslog.ts'
import { FrameTooLargeError, InvalidOptionError, MalformedFrameError } from '../../lib/errors.ts'
import { cutAt, drip } from '../../lib/laws/cuttings.ts'
import { pushInto } from '../../lib/laws/outcome.ts'
import type { Codec, DecoderRun } from '../../lib/types.ts'
import { utf8 } from '../laws/bytes.ts'

/** Everything that comes out, bytes as text, the same in every way to cut at one place and byte by byte. */
function decoded(codec: Codec<unknown>, wire: string, run: DecoderRun): unknown[] {
  const bytes = utf8(wire)
  const ways = [drip(bytes), ...Array.from(bytes.keys(), (at) => cutAt(bytes, [at]))]
  const [first, ...others] = ways.map((batches) => {
    const decoder = codec.decoder(run)
    const out: unknown[] = []
    for (const chunks of batches) pushInto(decoder, chunks, out)
    decoder.end?.(out)
    return out.map((one) => (one instanceof Uint8Array ? Buffer.from(one).toString() : one))
  })
  if (run.onOversize !== 'body') for (const other of others) assert.deepEqual(other, first)
  return first!
}

it('each is a subpath of the package, named as its export', async () => {
  for (const name of ['netstring', 'syslog', 'mllp', 'ndjson', 'lsp']) {
    const exported: Record<string, unknown> = await import(`it-serve/presets/${name}`)
    assert.equal(typeof exported[name], 'function', name)
  }
})

describe('options that cannot be', () => {
  const sized = { netstring, syslog, mllp, ndjson, lsp, lspBytes }
  for (const [name, preset] of Object.entries<(options: { maxBytes: number }) => unknown>(sized)) {
    it(`${name}: maxBytes`, () => {
      for (const maxBytes of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '5' as unknown as number]) {
        assert.throws(() => preset({ maxBytes }), InvalidOptionError, `maxBytes ${maxBytes}`)
      }
    })
  }
  it('syslog: framing and trailer', () => {
    const nonsense = 'lines' as unknown as 'either'
    assert.throws(() => syslog({ framing: nonsense }), { name: 'InvalidOptionError', option: 'framing' })
    for (const trailer of ['', [], ['\n', '']]) {
      for (const framing of ['either', 'trailer'] as const) {
        assert.throws(() => syslog({ framing, trailer }), { name: 'InvalidOptionError', option: 'trailer' })
      }
    }
  })
  it('mllp: maxGarbageBytes; ndjson and lsp: maxDepth', () => {
    assert.throws(() => mllp({ maxGarbageBytes: -1 }), { name: 'InvalidOptionError', option: 'maxGarbageBytes' })
    assert.throws(() => ndjson({ maxDepth: 0 }), { name: 'InvalidOptionError', option: 'maxDepth' })
    assert.throws(() => lsp({ maxDepth: 0 }), { name: 'InvalidOptionError', option: 'maxDepth' })
  })
})

describe('frames over the limit', () => {
  const wires = {
    netstring: { codec: netstring({ maxBytes: 3 }), wire: '1:a,4:bcde,1:f,' },
    'syslog counted': { codec: syslog({ maxBytes: 3 }), wire: '1 a4 bcde1 f' },
    'syslog lines': { codec: syslog({ framing: 'trailer', maxBytes: 3 }), wire: 'a\nbcde\nf\n' },
    mllp: { codec: mllp({ maxBytes: 3 }), wire: '\x0ba\x1c\r\n\x0bbcde\x1c\r\n\x0bf\x1c\r\n' },
    'lsp, bytes': {
      codec: lspBytes({ maxBytes: 3 }),
      wire: 'Content-Length: 1\r\n\r\naContent-Length: 4\r\n\r\nbcdeContent-Length: 1\r\n\r\nf'
    }
  }
  for (const [name, { codec, wire }] of Object.entries(wires)) {
    it(`${name}: skipped, and the next one is read`, () => {
      const [before, error, behind] = decoded(codec, wire, { onOversize: 'skip' })
      assert.deepEqual([before, behind], ['a', 'f'])
      assert.ok(error instanceof FrameTooLargeError)
      assert.equal(Buffer.from(error.head).toString(), 'bcde')
    })
    it(`${name}: truncated`, () => {
      assert.deepEqual(decoded(codec, wire, { onOversize: 'truncate' }), ['a', 'bcd', 'f'])
    })
    it(`${name}: in parts`, () => {
      const [before, begin, ...parts] = decoded(codec, wire, { onOversize: 'body' })
      const behind = parts.pop()
      const end = parts.pop()
      assert.deepEqual([before, behind], ['a', 'f'])
      assert.ok(begin instanceof BodyBegin && end instanceof BodyEnd)
      assert.equal(parts.map((part) => String(Buffer.from((part as BodyData).bytes))).join(''), 'bcde')
    })
  }
  it('syslog: both framings too large on one stream', () => {
    const out = decoded(syslog({ maxBytes: 3 }), '<ab\n<abc\n5 abcde<ab\n3 abc<abcdefg\n1 z', { onOversize: 'skip' })
    const seen = out.map((one) => (one instanceof FrameTooLargeError ? Buffer.from(one.head).toString() : `=${one}`))
    assert.deepEqual(seen, ['=<ab', '<abc', 'abcde', '=<ab', '=abc', '<abcdefg', '=z'])
    assert.ok(out.every((one) => typeof one === 'string' || (one as FrameTooLargeError).codec === 'syslog'))
  })
  it('ndjson: skipped, and the next one is read', () => {
    const [before, error, behind] = decoded(ndjson({ maxBytes: 3 }), '1\n"abc"\r\n\n2\n', { onOversize: 'skip' })
    assert.deepEqual([before, behind], [1, 2])
    assert.ok(error instanceof FrameTooLargeError)
  })
})

describe('a frame that is whole and wrong inside stands as an error among the others', () => {
  const wires = {
    ndjson: { codec: ndjson(), wire: '1\nhello\n2\n' },
    lsp: { codec: lsp(), wire: 'Content-Length: 1\r\n\r\n1Content-Length: 2\r\n\r\n{]Content-Length: 1\r\n\r\n2' }
  }
  for (const [name, { codec, wire }] of Object.entries(wires)) {
    it(name, () => {
      const [before, error, behind] = decoded(codec, wire, { onFault: 'item' })
      assert.deepEqual([before, behind], [1, 2])
      assert.ok(error instanceof MalformedFrameError)
    })
  }
})
