/** (j): connections that come, say one thing and go. */
import type { Contest } from '../rounds.ts'
import { type Settings, served, slices } from '../sides.ts'

export function churn(settings: Settings): Contest[] {
  const title = 'j: churn, 64 B on each connection'
  const client = ['clients/churn.ts', 16] as const
  return [
    {
      title,
      unit: 'connections/s',
      slices,
      sides: [
        served('bare net', ['subjects/echo-data.ts'], client, settings),
        served('ours', ['subjects/echo-ours.ts'], client, settings)
      ],
      control: 'bare net',
      claims: [{ title, ours: 'ours', rivals: ['bare net'], least: 0.9 }]
    }
  ]
}
