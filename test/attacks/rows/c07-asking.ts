import { provenBy } from '../framework/proven-by.ts'

export const row = provenBy({
  id: 'C7',
  title: 'our client of datagrams: forged, doubled, late and foreign answers, half of everything lost',
  gate: 'exactly the answer that matches is taken, none of 10,000 forged; it gives up at the documented time',
  proof: { files: ['transport/ask-datagram'] },
  quick: 1,
  full: 5
})
