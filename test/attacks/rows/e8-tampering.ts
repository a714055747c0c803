import { provenBy } from '../framework/proven-by.ts'

export const row = provenBy({
  id: 'E8',
  title: 'behind a mutual login: messages changed, dropped, put in another order, doubled',
  gate: 'the connection is cut every time',
  proof: { files: ['gate/auth'], only: ['^E8:'] },
  needs: ['openssl', 'python3'],
  quick: 1,
  full: 5
})
