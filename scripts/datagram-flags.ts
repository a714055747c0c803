/** The flags of the rules for datagrams, for servers that hear some. */
import { type Command, Option } from 'commander'
import { type DatagramRules, limits } from '../lib/index.ts'
import { wholeNumberFlag } from './option-flags.ts'

export interface DatagramFlags {
  udpRate?: string
  udpBurst?: string
  udpTotalRate?: string
  udpLeastPort?: string
  maxReply?: string
}

export function addDatagramFlags(command: Command, { replyBytes }: { replyBytes?: number | undefined } = {}): void {
  const { datagramsPerSecond, datagramBurst, datagramsTotalPerSecond, leastSourcePort } = limits
  const add = (flags: string, summary: string, byDefault: string): void =>
    void command.addOption(new Option(flags, `${summary} (default: ${byDefault})`).default(undefined, byDefault))
  command.optionsGroup('Datagrams:')
  add(
    '--udp-rate <N>',
    'datagrams of one sender heard in a second',
    `${datagramsPerSecond}, none on loopback unless set`
  )
  add('--udp-burst <N>', 'and at once', `${datagramBurst}`)
  add('--udp-total-rate <N>', 'datagrams of all senders heard in a second', `${datagramsTotalPerSecond}`)
  add('--udp-least-port <PORT>', 'lower source ports are not answered; 0 answers all', `${leastSourcePort}`)
  add('--max-reply <BYTES>', 'a reply may be so long, also to a shorter request', `${replyBytes ?? 'as its request'}`)
}

/** Only those that were given. @throws InvalidOptionError for a value that cannot be right */
export function datagramRules(given: DatagramFlags): DatagramRules {
  const rules = {
    ratePerSecond: optional('--udp-rate', given.udpRate, 1, 1_000_000),
    burst: optional('--udp-burst', given.udpBurst, 1, 1_000_000),
    totalPerSecond: optional('--udp-total-rate', given.udpTotalRate, 1, 10_000_000),
    leastSourcePort: optional('--udp-least-port', given.udpLeastPort, 0, 65_535),
    replyBytes: optional('--max-reply', given.maxReply, 0, 65_507)
  }
  return Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== undefined))
}

function optional(flag: string, text: string | undefined, least: number, most: number): number | undefined {
  return text === undefined ? undefined : wholeNumberFlag(flag, text, least, most)
}
