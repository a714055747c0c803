/** What reading and writing PROXY headers have in common. */
import { FrameTooLargeError, MalformedFrameError } from '../../errors.ts'
import type { ProxyHeader } from '../../types.ts'

/** A header and how many bytes it took. */
export interface ReadHeader {
  readonly header: ProxyHeader
  readonly length: number
}

/** What is to be told about a connection. */
export interface ProxyHeaderFields extends Pick<ProxyHeader, 'source' | 'destination'> {
  /** 2 is understood by everything of the last ten years, and has Unix sockets and extensions. */
  readonly version?: ProxyHeader['version'] | undefined
  readonly command?: ProxyHeader['command'] | undefined
  readonly extensions?: ProxyHeader['extensions'] | undefined
  /** A CRC32c of all of it, in version 2 (false). */
  readonly checksum?: boolean | undefined
}

const codec = 'PROXY protocol'

export function malformed(what: string): MalformedFrameError {
  return new MalformedFrameError(codec, what)
}

export function tooLarge(size: number, limit: number): FrameTooLargeError {
  return new FrameTooLargeError(codec, size, limit)
}
