import { provenBy } from '../framework/proven-by.ts'

export const row = provenBy({
  id: 'C5',
  title: 'datagrams of 0, 65,507 and 65,508 bytes, to port 0, to somebody who is gone; a reader that never reads',
  gate: 'nothing throws, the counters are right, the receive buffer is raised and told',
  proof: {
    files: ['serve/datagrams', 'transport/udp'],
    only: [
      'receive buffer',
      '^sizes',
      'somebody who is gone',
      'cannot be sent',
      'empty and largest',
      'never reads',
      'nobody there'
    ]
  },
  quick: 1,
  full: 1
})
