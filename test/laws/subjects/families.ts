/**
 * The ways to write a length that are before the laws: every option of `length` is in one of them at least.
 */
import fc from 'fast-check'
import { unhex, utf8 } from '../bytes.ts'
import {
  behindIt,
  contentLength,
  counted,
  finalByte,
  flags,
  lastByte,
  masked,
  maskKey,
  pluggedVarint,
  words
} from './formats.ts'
import type { Family } from './layouts.ts'

const bytes = fc.nat(255)

export const masks = fc.record(
  { opcode: bytes, mask: fc.option(fc.constantFrom('00000000', 'ff0a0d00'), { nil: null }) },
  { noNullPrototype: true }
)

const xff = (size: number): Uint8Array => new Uint8Array(size).fill(0xff)

/** One piece of payload behind the other. */
export const whole: readonly Family[] = [
  {
    name: '5 bytes behind a constant',
    options: { offset: 'ab\0', prefix: 5 },
    faults: [unhex('616201 0000000001 61'), unhex('626100 0000000000')]
  },
  {
    name: '7 bytes, little, counts itself',
    options: { prefix: 7, endian: 'little', counts: 'itself' },
    faults: [unhex('06000000000000'), xff(7)]
  },
  {
    name: '60 bits of 8 bytes, flags beside them',
    options: { prefix: 8, bits: 60, header: flags },
    headers: fc.nat(15),
    faults: [xff(8)]
  },
  { name: '8 bytes with a sign', options: { prefix: 8, signed: true }, faults: [xff(8), unhex('fffffffffffffff0')] },
  {
    name: 'a sign, and -1 escapes',
    options: { prefix: 2, signed: true, escape: { '-1': 4 }, endian: 'little' },
    wide: { prefix: 4 },
    faults: [unhex('feff'), unhex('ffff ffffffff')]
  },
  {
    name: '7 bits, 126 and 127 escape, a key',
    options: { offset: 1, prefix: 1, bits: 7, escape: { 126: 2, 127: 8 }, after: maskKey, header: masked },
    headers: masks,
    faults: [unhex('827f ffffffffffffffff')]
  },
  {
    name: 'the whole frame counted, kept, a trailer',
    options: { offset: 2, prefix: 2, counts: 'frame', trailer: '\r\n', header: 'keep' },
    wide: { prefix: 4 },
    faults: [unhex('00000005'), unhex('00000008 61620d0d')]
  },
  {
    name: 'a number added, bytes behind it',
    options: { offset: 'BGP!', prefix: 2, counts: -6, after: 1, header: lastByte },
    headers: bytes,
    wide: { prefix: 4, counts: -8 },
    faults: [unhex('42475021 0006 00'), utf8('BGP?00006')]
  },
  {
    name: 'any 3 bytes behind the payload, counted',
    options: { prefix: 3, endian: 'little', counts: 'itself', trailer: 3 },
    faults: [unhex('050000')]
  },
  {
    name: 'padding that the header tells',
    options: {
      offset: 1,
      prefix: 2,
      after: 2,
      trailer: (b, _at, behind) => (b[behind] as number) & 3,
      header: behindIt
    },
    headers: fc.nat(65535),
    wide: { prefix: 4 }
  },
  {
    name: 'decimal and a colon, a comma behind',
    options: { prefix: { ascii: 'decimal', end: ':' }, trailer: ',' },
    faults: ['01:a', ':', ' 1:a,', '1 :', '+1:', '999:', '1:aa', '1000000000000000'].map(utf8)
  },
  {
    name: 'four digits hex count themselves, signals',
    options: { prefix: { ascii: 'hex', digits: 4 }, counts: 'itself', signals: { 0: 'flush', 1: 'delim', 2: 'end' } },
    wide: { prefix: { ascii: 'hex', digits: 8 } },
    faults: ['0003', '00g5', '-001', 'ffff'].map(utf8)
  },
  {
    name: 'decimal with a minus that signals',
    options: {
      offset: '$',
      prefix: { ascii: 'decimal', end: '\r\n' },
      signed: true,
      signals: { '-1': 'null' },
      trailer: '\r\n'
    },
    faults: ['$-2\r\n', '$1\n', '$1\r\nab', '%1\r\n', '$-\r\n', '$1\r\na\n'].map(utf8)
  },
  {
    name: 'four digits with a minus',
    options: { prefix: { ascii: 'decimal', digits: 4, minus: true }, signals: { '-1': 'null' } },
    wide: { prefix: { ascii: 'decimal', digits: 8, minus: true } },
    faults: ['-002', '1e10', '9999'].map(utf8)
  },
  {
    name: 'a header block',
    options: { prefix: contentLength },
    faults: ['Content-Length: 9999\r\n\r\n', 'Content: 1\r\n\r\n'].map(utf8)
  },
  {
    name: 'a line of words and a number',
    options: { prefix: counted, header: words, trailer: '\r\n' },
    headers: fc.constantFrom('set key 0 0', 'PUB', 'a 9'),
    faults: [new Uint8Array(40).fill(0x61), utf8('set\r\n'), utf8('PUB 1\r\nab\r\n')]
  },
  {
    name: 'functions of it-length-prefixed',
    options: { prefix: pluggedVarint() },
    model: { prefix: 'varint' },
    faults: [xff(8), unhex('ff7f')]
  },
  {
    name: 'a short varint that counts itself',
    options: { maxVarintBytes: 2, counts: 'itself' },
    wide: { maxVarintBytes: 4 },
    faults: [unhex('8080'), unhex('00'), unhex('8100')]
  },
  {
    name: 'a type, a varint, kept',
    options: { offset: 1, maxVarintBytes: 4, header: 'keep' },
    faults: [unhex('00 ffffff80'), unhex('00 ff7f')]
  },
  {
    name: 'a type, a signal, bytes behind',
    options: { offset: 1, prefix: 1, after: 1, signals: { 255: 'ping' } },
    wide: { prefix: 4 },
    faults: [unhex('00 c8 00')]
  }
]

/** Messages of many blocks. */
export const joined: readonly Family[] = [
  {
    name: 'the last has a bit',
    options: { prefix: 4, bits: 31, fragments: { last: 'last-bit' } },
    faults: [unhex('00000015'), unhex('80000015')]
  },
  {
    name: 'all but the last have a bit',
    options: { prefix: 2, bits: 15, endian: 'little', fragments: { last: 'more-bit' } },
    wide: { prefix: 4, bits: 31 },
    faults: [unhex('1500'), unhex('1580')]
  },
  {
    name: 'the last has a bit, of 8 bytes',
    options: { prefix: 8, bits: 63, fragments: { last: 'last-bit' } },
    faults: [unhex('8000000000000015')]
  },
  {
    name: 'zero ends, counts itself',
    options: { prefix: 4, counts: 'itself', fragments: { last: 'zero' } },
    faults: [unhex('00000003'), unhex('00000019')]
  },
  {
    name: 'zero ends, bytes around',
    options: { offset: 'X', prefix: 2, after: 1, trailer: ';', fragments: { last: 'zero' } },
    wide: { prefix: 4 },
    faults: [utf8('Y\0\x01'), utf8('X\0\x01.ab'), utf8('X\0\0.,')]
  },
  {
    name: 'hex lines and trailer lines',
    options: {
      prefix: { ascii: 'hex', end: '\r\n', leadingZeros: true },
      trailer: '\r\n',
      fragments: { last: 'zero', trailerLines: true }
    },
    faults: ['0\r\na\n', '0\r\n\n', '0\r\n\r\r\n', 'g', '5\n', '1\r\nab', '15\r\n'].map(utf8)
  },
  {
    name: 'functions say which is the last',
    options: { offset: 1, prefix: 1, fragments: { last: finalByte } },
    wide: { prefix: 4 },
    faults: [unhex('0015')]
  }
]
