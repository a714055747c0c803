/** (e): memory of 5,000 connections that had one message each and then nothing, after a forced collection. */
import { type Command, start } from '../child.ts'
import type { Contest, Figure, Side } from '../rounds.ts'
import { type Settings, server } from '../sides.ts'

const connections = 5_000
/** Open at the first look already, so that the code and the heap that any connection needs are not counted. */
const before = 1_000

const net = 'bare net'
const buffers = 'ours'
const plain = 'ours, no read buffers'

export function idle(settings: Settings): Contest[] {
  const title = `e: ${connections} idle connections`
  return [
    {
      title,
      unit: 'bytes each',
      slices: 1,
      sides: [
        side(net, ['subjects/idle-net.ts'], settings),
        side(buffers, ['subjects/echo-ours.ts'], settings),
        side(plain, ['subjects/echo-ours.ts', 'plain'], settings)
      ],
      control: net,
      claims: [
        { title, ours: buffers, rivals: [net], most: 1.3 },
        { title: `${title}, no read buffers`, ours: plain, rivals: [net] }
      ]
    }
  ]
}

function side(name: string, command: Command, settings: Settings): Side {
  return {
    name,
    async begin() {
      const { child, port } = await server(command, settings, { flags: ['--expose-gc'] })
      const rss = async () => Number(await child.ask('rss'))
      return {
        warm: async () => {},
        slice: (): Promise<Figure> =>
          held(port, before, async () => {
            const few = await rss()
            const many = await held(port, connections, rss)
            return { value: (many - few) / connections }
          }),
        end: () => child.stop()
      }
    }
  }
}

/** Does something while so many connections are open. */
async function held<T>(port: number, count: number, use: () => Promise<T>): Promise<T> {
  const client = start(['clients/idle.ts', port, count])
  await client.ask()
  const result = await use()
  await client.ask('close')
  await client.stop()
  return result
}
