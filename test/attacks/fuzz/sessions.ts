/** What honest clients of every server said: the beginnings of mutated sessions, and the load of a soak. A character is a byte. */
import { programs } from '../../support/commands.ts'
import type { BystanderPlan } from '../framework/bystander.ts'
import { refused } from '../framework/commands.ts'

export interface Sessions {
  /** A file of subjects/. */
  readonly subject: string
  readonly said: readonly string[]
  readonly options?: Record<string, unknown>
  /** The well-behaved client, where one of lines and fixed answers can talk to it. */
  readonly bystander?: Partial<BystanderPlan>
}

export const sessions: readonly Sessions[] = [
  { subject: 'shipped?echo', said: ['hello\n', 'a line\nanother line\n'], bystander: {} },
  {
    subject: 'shipped?zen',
    said: ['Simple is better than?', 'Beautiful is better than?Explicit is better than?Why?'],
    bystander: { say: 'Simple is better than?', hear: 'Complex.' }
  },
  { subject: 'shipped?sixteen', said: ['Hi there, server'] },
  { subject: 'shipped?streamer', said: ['Beautiful is better than ugly.'], options: { reply: true } },
  {
    subject: 'shipped?blocks',
    said: ['\0\0\0\x05hello\0\0\0\x05world\0\0\0\0'],
    options: { reply: true },
    bystander: { say: '\0\0\0\x08#\0\0\0\0', hear: '\0\0\0\x08#\0\0\0\0' }
  },
  {
    subject: 'shipped?timestamp',
    said: ['1345063230.25\n', '0\n-1\nyesterday\n1e9\r\n'],
    bystander: { say: 'yesterday\n', hear: "Error: not a timestamp: 'yesterday'\n" }
  },
  { subject: 'shipped?upper', said: ['Hello, Stra\xc3\x9fe'], bystander: { say: '#-ABC\n' } },
  {
    subject: 'shipped?python',
    said: [
      '\0\0\0\x05\x80\x04K*.',
      '\0\0\0\x05hello',
      '\0\0\0\x14\x80\x04\x95\x09\0\0\0\0\0\0\0}\x94\x8c\x01a\x94K\x01s.'
    ],
    bystander: { say: '\0\0\0\x08#', hear: '\0\0\0\x08#' }
  },
  {
    subject: 'exec',
    said: ['date -u +%F\n', 'rm -rf /\nnothing "a b" \'c\'\nq\n'],
    options: { list: { commands: { yes: programs.yes } } },
    bystander: refused
  },
  { subject: 'shipped?talk', said: ['Anybody there?\r\nbye\r\n'] },
  { subject: 'shipped?chat', said: ['/nick ann\r\nHello!\r\n/join den\r\n/msg bob Psst.\r\n/who\r\n/quit\r\n'] }
]

export const datagrams: readonly Sessions[] = [
  { subject: 'shipped?echo', said: ['hello'], bystander: {} },
  { subject: 'shipped?time', said: ['', '%Y-%m-%d', '%c %Z %s'], bystander: { say: '%%', hear: '%' } },
  { subject: 'shipped?broadcast', said: ['Broadcast datagram!'] },
  { subject: 'shipped?talk', said: ['Anybody there?', 'bye'] }
]
