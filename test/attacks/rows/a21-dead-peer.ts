import type { Row } from '../framework/row.ts'

export const row: Row = {
  id: 'A21',
  title: 'a dead peer: packets dropped both ways in a network namespace',
  gate: 'closed peer_dead within two pings and a second',
  quick: {},
  full: {},
  needs: ['ip', 'nft'],
  root: true,
  waits: 'no protocol here has a ping yet; a peer that is gone is closed by the idle, write-stall or linger time (A6)'
}
