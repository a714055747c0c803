/** (i): what one member of a chat says goes to 200 others, a line or 32 of them at a time. */
import type { Contest } from '../rounds.ts'
import { type Settings, served, slices } from '../sides.ts'

const loop = 'by hand'
const ours = 'ours'

export function fanOut(settings: Settings): Contest[] {
  return [1, 32].map((lines) => {
    const title = `i: chat, ${lines === 1 ? 'a line' : `${lines} lines`} at a time to 200 members`
    const client = ['clients/chat.ts', lines, 200] as const
    return {
      title,
      unit: 'lines delivered/s',
      slices,
      sides: [
        served(loop, ['subjects/chat-data.ts'], [...client], settings),
        served(ours, ['subjects/chat-ours.ts'], [...client], settings)
      ],
      control: loop,
      claims: [{ title, ours, rivals: [loop], least: 0.9 }]
    }
  })
}
