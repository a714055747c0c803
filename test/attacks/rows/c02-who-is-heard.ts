import { provenBy } from '../framework/proven-by.ts'

export const row = provenBy({
  id: 'C2',
  title: 'datagrams from ports below 1024, our own port, port 0, groups, broadcast addresses, and our own replies',
  gate: 'none of 100,000 is answered, none is answered with an error',
  proof: {
    files: ['gate/datagram-guard', 'serve/datagrams'],
    only: [
      'who is heard',
      '100,000 datagrams of any kind',
      'broadcast addresses',
      'below 1024',
      'own port',
      'neither answers',
      'would say itself'
    ]
  },
  quick: 1,
  full: 20
})
