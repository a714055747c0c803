/** Every decoder that bytes from outside come to, with inputs to begin with. */
import { dns } from '../../../lib/codec/presets/dns.ts'
import { httpChunked } from '../../../lib/codec/presets/http-chunked.ts'
import { lsp } from '../../../lib/codec/presets/lsp.ts'
import { mllp } from '../../../lib/codec/presets/mllp.ts'
import { multiprocessing } from '../../../lib/codec/presets/multiprocessing.ts'
import { ndjson } from '../../../lib/codec/presets/ndjson.ts'
import { netstring } from '../../../lib/codec/presets/netstring.ts'
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
  syslog: any(syslog({ maxBytes }), '11 <34>1 hello', '<34>Oct 11 22:14:15 host su: x\n')
}
