import { provenBy } from '../framework/proven-by.ts'

export const row = provenBy({
  id: 'E7',
  title: 'wrong answers from one network (2,000; 10,000 in the full form), honest ones from elsewhere',
  gate: '20 a minute are judged, each a second late; the others get in',
  proof: { files: ['gate/auth'], only: ['^E7:'] },
  needs: ['openssl', 'python3'],
  quick: 1,
  full: 5
})
