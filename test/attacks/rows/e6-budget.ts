import { provenBy } from '../framework/proven-by.ts'

export const row = provenBy({
  id: 'E6',
  title: 'before the login: a megabyte from each, or nothing read',
  gate: 'a budget of bytes and a deadline (that new connections are dropped early: test/serve/admission)',
  proof: { files: ['gate/auth'], only: ['^E6:'] },
  needs: ['openssl', 'python3'],
  quick: 1,
  full: 5
})
