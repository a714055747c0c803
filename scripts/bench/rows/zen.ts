/** (c): zen with 256 questions in flight on each of 20 connections, such that are answered and such that are not. */
import type { Contest, Side } from '../rounds.ts'
import { type Settings, served, slices } from '../sides.ts'

const data = 'by hand'
const perFrame = 'per frame'
const joined = 'per frame, joined by the kernel'
const buffers = 'ours'
const plain = 'ours, no read buffers'

export function zen(settings: Settings): Contest[] {
  return [contest('unknown', 1.4, settings), contest('known', 1.05, settings)]
}

function contest(kind: 'known' | 'unknown', least: number, settings: Settings): Contest {
  const title = `c: zen, ${kind} questions`
  const side = (name: string, ...subject: [string, ...string[]]): Side =>
    served(name, subject, ['clients/zen.ts', kind, 256, 20], settings)
  return {
    title,
    unit: 'questions/s',
    slices,
    sides: [
      side(data, 'subjects/zen-data.ts'),
      side(perFrame, 'subjects/zen-per-frame.ts'),
      side(joined, 'subjects/zen-per-frame.ts', 'nagle'),
      side(buffers, 'subjects/zen-ours.ts'),
      side(plain, 'subjects/zen-ours.ts', 'plain')
    ],
    control: data,
    claims: [
      { title, ours: buffers, rivals: [data], least },
      { title, ours: buffers, rivals: [perFrame], least: 20 },
      { title, ours: buffers, rivals: [joined] },
      { title: `${title}, no read buffers`, ours: plain, rivals: [data] }
    ]
  }
}
