import { provenBy } from '../framework/proven-by.ts'

export const row = provenBy({
  id: 'C3',
  title: 'amplification: requests of 0 to 1,472 bytes; formats of the time made to grow',
  gate: 'a reply is no longer than its request, of the time 64 bytes; a hostile format takes a millisecond at most',
  proof: {
    files: ['gate/datagram-guard', 'serve/datagrams'],
    only: [
      '^a reply:',
      'a reply is no longer',
      'every length asked',
      'hostile formats',
      'made up|makes up',
      'sends as it likes'
    ]
  },
  quick: 1,
  full: 1
})
