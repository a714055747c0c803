/** (a) and (b): echo of large and of small messages. */
import type { Contest, Side } from '../rounds.ts'
import { type Settings, served, slices } from '../sides.ts'

const pipe = 'pipe'
const data = 'data/write'
const buffers = 'ours'
const plain = 'ours, no read buffers'

/** 64 KiB: enough connections that neither side waits for the other, few enough that all stays in the cache. */
export function bulk(settings: Settings): Contest[] {
  return [contest('a: echo, 64 KiB', 1.3, [64 * 1024, 8], settings)]
}

export function pingPong(settings: Settings): Contest[] {
  return [contest('b: echo, 64 B on 50 connections', 1.15, [64, 50], settings)]
}

function contest(title: string, least: number, load: readonly number[], settings: Settings): Contest {
  const side = (name: string, ...subject: [string, ...string[]]): Side =>
    served(name, subject, ['clients/echo.ts', ...load], settings)
  return {
    title,
    unit: 'messages/s',
    slices,
    sides: [
      side(pipe, 'subjects/echo-pipe.ts'),
      side(data, 'subjects/echo-data.ts'),
      side(buffers, 'subjects/echo-ours.ts'),
      side(plain, 'subjects/echo-ours.ts', 'plain')
    ],
    control: data,
    claims: [
      { title, ours: buffers, rivals: [pipe, data], least },
      { title: `${title}, no read buffers`, ours: plain, rivals: [pipe, data], least: 0.95 }
    ]
  }
}
