/**
 * What a framing does to payloads so that its mark cannot stand in one.
 */
import type { MalformedFrameError } from '../errors.ts'

export interface Escaping {
  /** The most bytes on the wire, without the mark, of a payload of so many. */
  wireBytes(size: number): number
  /** A payload as it goes on the wire. @throws FrameRefusedError for one that the framing cannot carry */
  write(payload: Uint8Array): Uint8Array
  /** The payload of a frame in one piece. @throws MalformedFrameError */
  read(wire: Uint8Array): Uint8Array
  /** Reads one payload piece by piece. */
  reader(): EscapingReader
}

/** It never throws: what was read in front of a fault is payload, however the wire was cut, and its end is still looked for. */
export interface EscapingReader {
  /** The payload in the next bytes of the wire; nothing behind a fault. */
  read(wire: Uint8Array): Uint8Array
  /** What else belongs to the payload when the mark has come. */
  end(): Uint8Array
  /** What is wrong with the wire so far. */
  readonly fault: MalformedFrameError | undefined
}
