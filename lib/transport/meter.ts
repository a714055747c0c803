/** Who counts the bytes of connections while they go through, and may cut one in the middle of it. */
export interface Meter {
  /** Bytes that may wait to be written before one more write is the end of the connection. */
  readonly mostQueued: number
  /** So many bytes were read and given to the reader. */
  arrived(bytes: number): void
  /** So many bytes were written, and so many wait now. */
  wrote(bytes: number, queued: number): void
}
