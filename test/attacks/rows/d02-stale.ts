import { provenBy } from '../framework/proven-by.ts'

export const row = provenBy({
  id: 'D2',
  title: 'at the path: a stale socket (100 times), the socket of a live server, a file, a directory, a link',
  gate: 'the stale one is replaced 100 times of 100, nobody else’s is touched',
  proof: { files: ['transport/unix-path'], only: ['^D2:'] },
  quick: 1,
  full: 10
})
