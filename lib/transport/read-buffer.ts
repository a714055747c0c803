/**
 * Read buffers: sockets read into memory of ours instead of a fresh allocation per read.
 *
 * All connections share one scratch buffer. A small read is copied out of it; a read that fills half of it shows bulk
 * traffic, and that connection then gets a large buffer of its own, which is handed over as it is. Where the receiver
 * keeps nothing of it (an echo, a proxy: the kernel took all of it again), the same buffer serves the next read.
 *
 * Node offers this publicly (`onread`) for sockets that one connects. For accepted ones this file finds the same switch
 * by looking at a sample socket: it leans on Node's inside, checks everything it uses, and answers false where it does
 * not find it; then plain `data` events serve, a little slower.
 */
import { Socket } from 'node:net'
import { limits } from '../limits.ts'

/** Told of every read; the bytes are its own, unless it answers true: then they may be read into again. */
export type OnRead = (this: Socket, bytes: Uint8Array) => boolean

/** The method by which a socket receives its reads. */
export const ON_READ: unique symbol = Symbol('it-serve.onRead')

type ReadingSocket = Socket & { [ON_READ]?: OnRead }

const size = limits.highWaterBytes
const scratch = Buffer.allocUnsafeSlow(size)
const pool = { bytes: new ArrayBuffer(0), used: 0 }

/**
 * Node asks for the next buffer right after each read, without saying for whom: it is for whoever has just read. At any
 * other time (a socket that begins to connect) it is the scratch.
 */
let nextBuffer: Uint8Array = scratch

function buffer(): Uint8Array {
  const next = nextBuffer
  nextBuffer = scratch
  return next
}

function callback(this: ReadingSocket, length: number, filled: Uint8Array): boolean {
  const bulk = length >= size / 2
  const handOver = bulk && filled !== scratch
  const bytes = handOver ? filled.subarray(0, length) : filled === scratch ? copyOut(length) : filled.slice(0, length)
  const spent = this[ON_READ]?.(bytes) === true
  if (!bulk) nextBuffer = scratch
  else nextBuffer = handOver && spent ? filled : new Uint8Array(Buffer.allocUnsafeSlow(size).buffer)
  return true
}

/** Small reads share 64 KiB blocks, as Node's own small buffers share its pool. */
function copyOut(length: number): Uint8Array {
  if (length > size / 8) return new Uint8Array(scratch.subarray(0, length))
  if (pool.used + length > pool.bytes.byteLength) {
    pool.bytes = new ArrayBuffer(size)
    pool.used = 0
  }
  const bytes = new Uint8Array(pool.bytes, pool.used, length)
  pool.used += (length + 7) & ~7
  if (length <= 128) for (let index = 0; index < length; index++) bytes[index] = scratch[index] as number
  else scratch.copy(bytes, 0, 0, length)
  return bytes
}

/** The `onread` option for `net.connect`: the public road. */
export const onread = { buffer, callback: callback as (length: number, filled: Uint8Array) => boolean }

interface Switch {
  buffer: symbol
  callback: symbol
  next: symbol
}

const found = find()

function find(): Switch | undefined {
  const sample = new Socket({ onread } as never) as unknown as Record<symbol, unknown>
  const symbols = Object.getOwnPropertySymbols(sample)
  const which = (value: unknown): symbol[] => symbols.filter((symbol) => sample[symbol] === value)
  const [next] = which(buffer)
  const [then] = which(callback)
  const [current] = which(true).filter((symbol) => /buffer/i.test(symbol.description ?? ''))
  if (next === undefined || then === undefined || current === undefined) return undefined
  return { buffer: current, callback: then, next }
}

/**
 * Switches an accepted socket, before its first read, to read buffers.
 *
 * @returns false where this Node has no such switch: nothing was changed
 */
export function useReadBuffer(socket: Socket): boolean {
  return readInto(socket, scratch, buffer, callback)
}

/**
 * The switch itself: from now on the socket reads into `first`, tells `callback`, and asks `next` where to go on.
 *
 * @returns false where this Node has no such switch: nothing was changed
 */
export function readInto(
  socket: Socket,
  first: Uint8Array,
  next: () => Uint8Array,
  callback: (this: Socket, length: number, filled: Uint8Array) => boolean
): boolean {
  const inside = socket as unknown as Record<symbol, unknown> & {
    _handle?: { useUserBuffer?(bytes: Uint8Array): void }
  }
  if (found === undefined || typeof inside._handle?.useUserBuffer !== 'function') return false
  inside[found.buffer] = first
  inside[found.callback] = callback
  inside[found.next] = next
  inside._handle.useUserBuffer(first)
  return true
}
