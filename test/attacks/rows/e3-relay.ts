import { provenBy } from '../framework/proven-by.ts'

export const row = provenBy({
  id: 'E3',
  title: 'a login passed on between two TLS connections',
  gate: 'refused: it is bound to its own connection',
  proof: { files: ['gate/auth'], only: ['^E3:'] },
  needs: ['openssl', 'python3'],
  quick: 1,
  full: 5
})
