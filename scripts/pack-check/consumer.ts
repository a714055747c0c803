/** A consumer's program, checked by tsc against the packed types and never run: a server, a client, a codec and its laws. */

import fc from 'fast-check'
import {
  batched,
  type Codec,
  collect,
  connect,
  decode,
  delimiter,
  encode,
  map,
  pipe,
  type ServeEvent,
  type Server,
  type Service,
  serve,
  text
} from 'it-serve'
import { faultProxy } from 'it-serve/faults'
import { checkCodec } from 'it-serve/laws'
import { netstring } from 'it-serve/presets/netstring'
import { echo } from 'it-serve/servers/echo'

const line: Codec<string> = text(delimiter('\n'))

const shout: Server = {
  name: 'shout',
  endpoints: ['tcp://127.0.0.1:0'],
  open: () => (peer) =>
    pipe(
      peer,
      decode(line),
      map((said) => said.toUpperCase()),
      encode(line),
      peer
    )
}

export async function talk(said: readonly string[], signal: AbortSignal): Promise<string[]> {
  const onEvent = ({ type }: ServeEvent): void => console.log(type)
  await using service: Service = await serve(shout, { onEvent, limits: { maxConnections: 5 } })
  await using proxy = await faultProxy({ target: service.endpoints[0]!, seed: 1 })
  await using server = await connect(proxy.endpoint, { signal })
  return pipe(batched(said), encode(line), server, decode(line), collect())
}

export const laws: Promise<unknown> = checkCodec(netstring(), { frame: fc.uint8Array() })
export const names: string[] = [shout.name, echo.name]
