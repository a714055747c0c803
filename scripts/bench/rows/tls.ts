/** (h): echo over TLS, beside node:tls by hand. */
import type { Contest } from '../rounds.ts'
import { type Settings, served, slices } from '../sides.ts'

export function tls(settings: Settings): Contest[] {
  return [
    contest('h: TLS echo, 64 B on 50 connections', [64, 50], settings),
    contest('h: TLS echo, 64 KiB', [64 * 1024, 8], settings)
  ]
}

function contest(title: string, load: readonly [size: number, connections: number], settings: Settings): Contest {
  const client = ['clients/echo.ts', ...load, 'tls'] as const
  return {
    title,
    unit: 'messages/s',
    slices,
    sides: [
      served('node:tls', ['subjects/tls-data.ts'], client, settings),
      served('ours', ['subjects/tls-ours.ts'], client, settings)
    ],
    control: 'node:tls',
    claims: [{ title, ours: 'ours', rivals: ['node:tls'], least: 0.9 }]
  }
}
