import type { Row } from '../framework/row.ts'

export const row: Row = {
  id: 'A20',
  title: 'PROXY protocol: valid, in pieces, wrong, absent, from a peer that is not trusted',
  gate: '60 vectors as the specification says; 2 KiB and 3 s at most; a peer that is not listed is refused',
  quick: {},
  full: {},
  waits: 'the PROXY protocol'
}
