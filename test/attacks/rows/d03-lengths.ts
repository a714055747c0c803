import { provenBy } from '../framework/proven-by.ts'

export const row = provenBy({
  id: 'D3',
  title: 'paths of 1 to 200 bytes, with NUL, abstract names',
  gate: '107 bytes are bound as they are, longer ones are refused before',
  proof: { files: ['transport/unix-path'], only: ['^D3:'] },
  quick: 1,
  full: 10
})
