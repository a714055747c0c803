/** What the families of options are fed: frames of 32 bytes, made without our encoders, in chunks of 64 KiB. */
import { type Corpus, chunksOf } from './corpus.ts'
import type { families } from './loops/families.ts'

const payload = 'abcdefghijklmnopqrstuvwxyz012345'
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

const frame: Record<keyof typeof families, Buffer> = {
  'typed header': bytes(`Q\0\0\0\x24${payload}`),
  trailer: bytes(`\x01\0\x01\0\0\0\x20${payload}\xce`),
  'decimal length': bytes(`32:${payload},`),
  'hexadecimal length': bytes(`0024${payload}`),
  'escaped length': bytes(`\x82\x20${payload}`),
  'header block': bytes(`Content-Length: 32\r\n\r\n${payload}`),
  'blocks until zero': bytes(`20\r\n${payload}\r\n0\r\n\r\n`),
  'blocks with a last bit': bytes(`\x80\0\0\x20${payload}`),
  'CRLF or LF': bytes(`${payload}\r\n`),
  'begin and end mark': bytes(`\x0b${payload}\x1c\r`),
  slip: bytes(`${payload.slice(1)}\xdb\xdc\xc0`),
  cobs: bytes(`\x11${payload.slice(0, 16)}\x0f${payload.slice(16, 30)}\x01\0`),
  'dot-stuffed': bytes(`..${payload.slice(0, 13)}\r\n${payload.slice(0, 14)}\r\n.\r\n`)
}

/** About 4 MiB of whole frames. */
export function familyCorpus(family: keyof typeof families): Corpus {
  const one = frame[family]
  const frames = Math.floor((4 * 1024 * 1024) / one.length)
  return { chunks: chunksOf(Buffer.alloc(frames * one.length, one)), frames, bytes: frames * payload.length }
}
