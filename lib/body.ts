/**
 * A frame that is too large to hold arrives in parts, in its place among the other frames: one beginning, its bytes as
 * they came, one end. `bodies()` makes one readable value of them.
 */

/** A large frame begins. */
export class BodyBegin<H = unknown> {
  /** What stood in front of the payload, where the codec reads headers. */
  readonly header: H
  /** Bytes of the payload; undefined where only the end of the frame will tell. */
  readonly length: number | undefined
  constructor(header: H, length: number | undefined) {
    this.header = header
    this.length = length
  }
}

/** The next bytes of its payload. */
export class BodyData {
  readonly bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

/** All of it came. */
export class BodyEnd {}

export type BodyPart<H = unknown> = BodyBegin<H> | BodyData | BodyEnd

export function isBodyPart(item: unknown): item is BodyPart {
  return item instanceof BodyData || item instanceof BodyBegin || item instanceof BodyEnd
}
