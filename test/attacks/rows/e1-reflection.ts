import { provenBy } from '../framework/proven-by.ts'

export const row = provenBy({
  id: 'E1',
  title:
    'reflection: a challenge sent back, on the same connection and on another one; in the way of multiprocessing too',
  gate: 'nobody gets in (1,000 tries in the full form)',
  proof: { files: ['gate/auth', 'gate/authkey'], only: ['^E1:', 'challenge of ours'] },
  needs: ['openssl', 'python3'],
  quick: 1,
  full: 5
})
