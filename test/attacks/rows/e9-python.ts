import { provenBy } from '../framework/proven-by.ts'

export const row = provenBy({
  id: 'E9',
  title: 'Python’s multiprocessing in both directions; pickles that would import or call',
  gate: 'an honest peer gets in; of pickles plain values alone are read',
  proof: { files: ['gate/authkey', 'codec/pickle', 'peers/presets-wire-multiprocessing'] },
  needs: ['openssl', 'python3'],
  quick: 1,
  full: 5
})
