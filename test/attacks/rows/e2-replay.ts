import { provenBy } from '../framework/proven-by.ts'

export const row = provenBy({
  id: 'E2',
  title: 'replay: recorded logins, whole and spliced; the challenges compared',
  gate: 'none is accepted, no challenge comes twice',
  proof: { files: ['gate/auth'], only: ['^E2:'] },
  needs: ['openssl', 'python3'],
  quick: 1,
  full: 5
})
