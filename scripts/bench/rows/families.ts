/** (g): each family of options beside a loop written for that rule alone, 32-byte frames out of 64 KiB chunks in memory. */
import { families } from '../loops/families.ts'
import type { Contest } from '../rounds.ts'
import { alone, type Settings, slices } from '../sides.ts'

export function optionFamilies(settings: Settings): Contest[] {
  return Object.keys(families).map((name) => {
    const title = `g: decode, ${name}`
    return {
      title,
      unit: 'frames/s',
      slices,
      sides: [
        alone('loop', ['subjects/family-loop.ts', name], settings),
        alone('ours', ['subjects/family-ours.ts', name], settings)
      ],
      control: 'loop',
      claims: [{ title, ours: 'ours', rivals: ['loop'], least: 0.7 }]
    }
  })
}
