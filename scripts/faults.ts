/** `it-serve faults ENDPOINT --target ENDPOINT`: a bad network between two programs, until SIGTERM or SIGINT. */
import { Command } from 'commander'
import { type Drawn, type Faults, faultProxy } from '../lib/faults/index.ts'
import { InvalidOptionError } from '../lib/index.ts'
import { EventLog } from './log/event-log.ts'
import { wholeNumberFlag } from './option-flags.ts'

interface Given {
  target: string
  latencyMs?: string
  jitterMs?: string
  rate?: string
  slice?: string
  cutAt?: string
  cut: string
  flipBitAt?: string
  flipBit?: string
  window?: string
  only?: string
  seed?: string
  quiet: boolean
}

const most = Number.MAX_SAFE_INTEGER

export function faultsCommand(): Command {
  return new Command('faults')
    .description('a proxy that delays, slows, slices, cuts and damages what goes through it')
    .argument('<endpoint>', 'where to listen: tcp://host:port or unix:/path')
    .requiredOption('--target <ENDPOINT>', 'where to connect to, once for each client')
    .option('--latency-ms <MS>', 'every byte comes so much later')
    .option('--jitter-ms <MS>', 'up to so much later still; the order stays')
    .option('--rate <BYTES>', 'bytes that come through in a second')
    .option('--slice <BYTES>', 'bytes of a piece, each written by itself; N or N..M')
    .option('--cut-at <BYTES>', 'bytes behind which a connection is cut; N, or N..M to draw it for each')
    .option('--cut <HOW>', 'how: end (FIN), reset, or silence (a black hole)', 'reset')
    .option('--flip-bit-at <BYTES>', 'bytes behind which a bit is flipped; N or N..M')
    .option('--flip-bit <BIT>', 'which bit: 0 (the lowest) to 7, N or N..M; drawn where it is left out')
    .option('--window <BYTES>', 'bytes on their way at most, before the sender waits')
    .option('--only <WAY>', 'up (what clients send) or down (what the target sends); both unless named')
    .option('--seed <N>', 'what is random is drawn from it; printed where it is left out')
    .option('--quiet', 'no log on standard error', false)
    .action(run)
}

async function run(listen: string, given: Given): Promise<void> {
  const { only, seed } = given
  if (only !== undefined && only !== 'up' && only !== 'down') throw new InvalidOptionError('--only', only, 'up or down')
  const wanted = faultsOf(given)
  const proxy = await faultProxy({
    listen,
    target: given.target,
    ...(only === 'down' ? {} : { up: wanted }),
    ...(only === 'up' ? {} : { down: wanted }),
    ...(seed === undefined ? {} : { seed: wholeNumberFlag('--seed', seed, 0, most) }),
    onEvent: new EventLog(given.quiet ? { level: 'silent' } : {}).onEvent,
    onFault: ({ connection, direction, kind, at }) => report(`connection ${connection} ${direction}: ${kind} at ${at}`)
  })
  report(`faults listening at ${proxy.endpoint}`)
  report(`seed ${proxy.seed}`)
  const stop = (): void => void proxy.close()
  process.once('SIGTERM', stop).once('SIGINT', stop)
  await proxy.finished
}

function faultsOf(given: Given): Faults {
  const number = (flag: string, text: string | undefined, least: number): number | undefined =>
    text === undefined ? undefined : wholeNumberFlag(flag, text, least, most)
  const at = rangeFlag('--cut-at', given.cutAt)
  const flipAt = rangeFlag('--flip-bit-at', given.flipBitAt)
  const bit = rangeFlag('--flip-bit', given.flipBit)
  const { cut } = given
  if (cut !== 'end' && cut !== 'reset' && cut !== 'silence')
    throw new InvalidOptionError('--cut', cut, 'end, reset or silence')
  // The library checks what is left, and names its own options.
  const faults = {
    latencyMs: number('--latency-ms', given.latencyMs, 0),
    jitterMs: number('--jitter-ms', given.jitterMs, 0),
    bytesPerSecond: number('--rate', given.rate, 1),
    sliceBytes: rangeFlag('--slice', given.slice),
    windowBytes: number('--window', given.window, 1),
    cut: at === undefined ? undefined : { at, how: cut },
    flipBit: flipAt === undefined ? undefined : { at: flipAt, ...(bit === undefined ? {} : { bit }) }
  }
  return Object.fromEntries(Object.entries(faults).filter(([, value]) => value !== undefined)) as Faults
}

/** `N` or `N..M`. */
function rangeFlag(flag: string, text: string | undefined): Drawn | undefined {
  if (text === undefined) return undefined
  const [, from, to] = /^(\d{1,15})(?:\.\.(\d{1,15}))?$/.exec(text) ?? []
  if (from === undefined || Number(to ?? from) < Number(from))
    throw new InvalidOptionError(flag, text, 'a whole number N, or N..M with N the smaller one')
  return to === undefined ? Number(from) : { between: [Number(from), Number(to)] }
}

function report(line: string): void {
  process.stdout.write(`${line}\n`)
}
