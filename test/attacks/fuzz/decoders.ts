/** Every decoder that bytes from outside come to, with inputs to begin with. */
import { dns } from '../../../lib/codec/presets/dns.ts'
import { httpChunked } from '../../../lib/codec/presets/http-chunked.ts'
import { lsp } from '../../../lib/codec/presets/lsp.ts'
import { mllp } from '../../../lib/codec/presets/mllp.ts'
import { multiprocessing } from '../../../lib/codec/presets/multiprocessing.ts'
import { ndjson } from '../../../lib/codec/presets/ndjson.ts'
import { netstring } from '../../../lib/codec/presets/netstring.ts'
import { fromPickle } from '../../../lib/codec/presets/pickle.ts'
import { pktLine } from '../../../lib/codec/presets/pkt-line.ts'
import { postgres } from '../../../lib/codec/presets/postgres.ts'
import { syslog } from '../../../lib/codec/presets/syslog.ts'
import {
  type Codec,
  chunked,
  cobs,
  delimiter,
  dotStuffed,
  fixed,
  halfClose,
  json,
  length,
  parseProxyHeader,
  slip,
  text,
  typedLines
} from '../../../lib/index.ts'

export interface Fuzzed {
  readonly codec: Codec<unknown>
  /** A character is a byte. */
  readonly seeds: readonly string[]
}

const maxBytes = 2048
const any = (codec: unknown, ...seeds: string[]): Fuzzed => ({ codec: codec as Codec<unknown>, seeds })

/** What reads bytes that are all there, as a decoder of one frame. */
function wholly(read: (bytes: Uint8Array) => unknown): unknown {
  const decoder = (): unknown => {
    const held: Uint8Array[] = []
    return {
      push: (batch: Uint8Array[]) => void held.push(...batch),
      end: (out: unknown[]) => void out.push(read(Buffer.concat(held)))
    }
  }
  return { name: 'wholly', decoder }
}

export const decoders: Readonly<Record<string, Fuzzed>> = {
  'delimiter ?': any(delimiter('?', { keep: true, maxBytes }), 'Simple is better than?Why?', '??'),
  'delimiter CRLF': any(delimiter('\r\n', { maxBytes }), 'one\r\ntwo\r\n', '\r\r\n'),
  'typed lines': any(typedLines({ maxBytes }), 'hello\r\nbye\n', '\xff\xf4\xff\xfd\x06ok\x08\r\n'),
  'length 1': any(length({ prefix: 1, maxBytes }), '\x05hello\x00'),
  'length 4': any(length({ prefix: 4, maxBytes }), '\0\0\0\x05hello\0\0\0\0'),
  'length 8 signed': any(length({ prefix: 8, signed: true, maxBytes }), '\0\0\0\0\0\0\0\x02hi'),
  'length varint': any(length({ maxBytes }), '\x02hi\x80\x01'.padEnd(133, 'x')),
  chunked: any(chunked({ maxBytes }), '\0\0\0\x05hello\0\0\0\x05world\0\0\0\0'),
  'fixed 16': any(fixed(16), 'Hi there, server'),
  slip: any(slip({ maxBytes }), '\xc0hello\xdb\xdc\xdb\xddx\xc0'),
  cobs: any(cobs({ maxBytes }), '\x06hello\0\x01\0'),
  'dot-stuffed': any(dotStuffed({ maxBytes }), 'line\r\n..dot\r\n.\r\n'),
  'half-close': any(halfClose({ maxBytes }), 'whatever comes'),
  'text of lines': any(text(delimiter('\n', { maxBytes })), 'caf\xc3\xa9\n\xf0\x9f\x98\x80\n'),
  'json of lines': any(json(delimiter('\n', { maxBytes })), '{"a":[1,2,null],"b":"c"}\n[]\n'),
  netstring: any(netstring({ maxBytes }), '5:hello,0:,'),
  dns: any(dns({ maxBytes }), '\0\x05hello'),
  'http chunked': any(
    httpChunked({ maxBytes }),
    '5\r\nhello\r\n0\r\n\r\n',
    'A;x=y\r\n0123456789\r\n0\r\nTrailer: v\r\n\r\n'
  ),
  lsp: any(
    lsp({ maxBytes }),
    'Content-Length: 7\r\n\r\n{"a":1}',
    'Content-Type: x; charset=utf-8\r\nContent-Length: 2\r\n\r\n[]'
  ),
  mllp: any(mllp({ maxBytes }), '\x0bMSH|^~\\&|\r\x1c\r'),
  multiprocessing: any(
    multiprocessing({ maxBytes }),
    '\0\0\0\x05hello',
    '\0\0\0\x05\x80\x04K*.',
    '\xff\xff\xff\xff\0\0\0\0\0\0\0\x02hi'
  ),
  ndjson: any(ndjson({ maxBytes }), '{"a":1}\n[1,2]\n'),
  'pkt-line': any(pktLine({ maxBytes }), '000ahello\n0000', '00010002'),
  postgres: any(postgres({ maxBytes }), 'Q\0\0\0\x0dSELECT 1\0X\0\0\0\x04'),
  syslog: any(syslog({ maxBytes }), '11 <34>1 hello', '<34>Oct 11 22:14:15 host su: x\n'),
  'proxy header': any(
    wholly((bytes) => parseProxyHeader(bytes)),
    'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n',
    'PROXY UNKNOWN\r\n',
    '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x7f\0\0\x01\x7f\0\0\x01\0\x01\0\x02'
  ),
  pickle: any(
    wholly((bytes) => fromPickle(bytes)),
    Buffer.from(
      '80049528000000000000007d94288c0161945d94284b014740040000000000004e88658c0162948c017894430179948694752e',
      'hex'
    ).toString('latin1'),
    Buffer.from(
      '80027d71002858010000006171015d7102284b014740040000000000004e886558010000006271035801000000787104635f636f646563730a656e636f64650a7105580100000079710658060000006c6174696e31710786710852710986710a752e',
      'hex'
    ).toString('latin1')
  )
}
