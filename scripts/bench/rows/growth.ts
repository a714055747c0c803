/** (f): one large frame in small chunks, and one twice as large: time must grow in a straight line. */
import type { Contest } from '../rounds.ts'
import { alone, type Settings } from '../sides.ts'

const KiB = 1024
const MiB = 1024 * KiB
const slices = 5

/**
 * glibc gives large blocks fresh from the kernel, page faults and all, and learns from their release to keep them, up to
 * 32 MiB: of two frames on either side of that, the larger takes four times as long, whoever joins it. Always fresh is fair.
 */
const env = { MALLOC_MMAP_THRESHOLD_: String(64 * KiB) }

export function growth(settings: Settings): Contest[] {
  const codecs = ['fixed', 'delimiter', 'text', 'length', 'varint', 'chunked', 'close', 'half-close']
  // A frame of `fixed` has at most 16 MiB.
  const large = (codec: string) => (codec === 'fixed' ? 8 : 16) * MiB
  return codecs.flatMap((codec) => [contest(codec, large(codec), KiB, settings), contest(codec, MiB, 1, settings)])
}

function contest(codec: string, size: number, cut: number, settings: Settings): Contest {
  const once = `${size / MiB} MiB`
  const twice = `${(2 * size) / MiB} MiB`
  const title = `f: ${codec}, ${twice} for ${once}, in chunks of ${cut} B`
  return {
    title,
    unit: 'ms',
    slices,
    // Others on the machine only ever add time.
    pick: 'least',
    sides: [
      alone(once, ['subjects/growth.ts', codec, size, cut], settings, { env }),
      alone(twice, ['subjects/growth.ts', codec, 2 * size, cut], settings, { env })
    ],
    control: once,
    claims: [{ title, ours: twice, rivals: [once], most: 2.3 }]
  }
}
