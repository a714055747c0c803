/**
 * Plain sockets of Node as peers, so that our own connections are not judged by themselves.
 */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { formatEndpoint, parseEndpoint } from '../../lib/index.ts'
import { within } from './wait.ts'
import './leaks.ts'

/** What a peer got, and how it ended: a FIN, a reset, or another error's code. */
export interface Received {
  readonly bytes: Buffer
  readonly how: 'end' | string
}

/** A connected socket that keeps its own half open; errors are for `received` to tell. */
export async function dial(endpoint: string): Promise<Socket> {
  const at = parseEndpoint(endpoint)
  if (at.kind !== 'tcp' && at.kind !== 'tls' && at.kind !== 'unix') throw new Error(`cannot dial ${endpoint}`)
  const socket = connect({ ...at, allowHalfOpen: true })
  await within(once(socket, 'connect'), `a connection to ${endpoint}`)
  return socket.on('error', () => {})
}

/** Reads to the end, or to the error that is there instead. */
export function received(socket: Socket): Promise<Received> {
  const chunks: Buffer[] = []
  const over = new Promise<Received>((resolve) => {
    const told = (how: string): void => resolve({ bytes: Buffer.concat(chunks), how })
    socket.on('data', (bytes: Buffer) => chunks.push(bytes))
    socket.on('end', () => told('end')).on('error', (error: NodeJS.ErrnoException) => told(error.code ?? 'error'))
    socket.on('close', () => told('close')).resume()
  })
  return within(over, 'the end of what the server sends')
}

/** Sends, ends our half, and reads what comes back. */
export async function ask(endpoint: string, bytes: string | Uint8Array): Promise<Received> {
  const socket = await dial(endpoint)
  const answer = received(socket)
  socket.end(bytes)
  return answer.finally(() => socket.destroy())
}

/** When a socket is closed, whether or not there was an error before. */
export function closed(socket: Socket): Promise<void> {
  const over = socket.closed ? Promise.resolve() : new Promise<void>((resolve) => socket.once('close', () => resolve()))
  return within(over, 'the close of a socket')
}

/** Cuts hard: TCP with a reset; a Unix socket has none, it is just closed. */
export function cut(socket: Socket): Promise<void> {
  if (socket.remoteFamily === undefined) socket.destroy()
  else socket.resetAndDestroy()
  return closed(socket)
}

/** Host and port of a TCP or UDP endpoint. */
export function hostAndPort(endpoint: string): { host: string; port: number } {
  const at = parseEndpoint(endpoint)
  if (!('host' in at)) throw new Error(`${endpoint} has no port`)
  return at
}

/** A UDP endpoint at `host` whose port nobody has: found by taking it, and given back. */
export async function freeDatagramEndpoint(host: string): Promise<string> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, host, resolve))
  const { port } = socket.address()
  await new Promise<void>((resolve) => socket.close(resolve))
  return formatEndpoint('udp', { host, port })
}

/** Where a naive server listens. */
export async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await within(once(server, 'listening'), 'a naive server')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Bytes that tell where they stand, so that a swap or a hole is seen. */
export function pattern(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  for (let index = 0; index < length; index++) bytes[index] = (index * 31 + (index >>> 8) * 17 + (index >>> 16)) & 0xff
  return bytes
}

/** Fails with where the bytes differ, instead of with all of them. */
export function assertSame(got: Uint8Array, wanted: Uint8Array, where = ''): void {
  if (Buffer.compare(got, wanted) === 0) return
  const shorter = Math.min(got.length, wanted.length)
  let at = 0
  while (at < shorter && got[at] === wanted[at]) at++
  assert.fail(`${got.length} of ${wanted.length} bytes, the first difference at ${at} ${where}`)
}

/** A directory of this test file's own, short enough for Unix sockets. */
export function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'its-'))
  after(() => rmSync(path, { recursive: true, force: true }))
  return path
}
