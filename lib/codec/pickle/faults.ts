/** What can be wrong with a pickle. */
import { MalformedFrameError } from '../../errors.ts'

/** A pickle that would import or call something. Nothing of it was run: it was read up to this place and no further. */
export class PickleRefusedError extends MalformedFrameError {
  /** The opcode, by its name in Python's pickletools: `GLOBAL`, `REDUCE`, `BUILD`... */
  readonly opcode: string
  /** What it asked for: `posix.system`. */
  readonly wanted: string
  /** Where it stands, in bytes from the beginning. */
  readonly position: number
  constructor(codec: string, opcode: string, wanted: string, position: number) {
    super(codec, `refused: ${opcode} at byte ${position} wants ${wanted}, and only plain values are read`)
    this.opcode = opcode
    this.wanted = wanted
    this.position = position
  }
}

export interface PickleLimits {
  /** How deep values may stand in each other (64). */
  readonly maxDepth: number
  /** How many values there may be, as somebody meets them who walks all of it: one that is shared counts each time. */
  readonly maxValues: number
}
