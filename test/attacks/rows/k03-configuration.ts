import { provenBy } from '../framework/proven-by.ts'

export const row = provenBy({
  id: 'K3',
  title: 'limits from flags, the environment and a file: negative, NaN, text, infinite, 0, huge, unknown',
  gate: 'refused at the start, by name',
  proof: { files: ['servers/configuration'], only: ['^K3:', 'nobody knows', 'whatever stands', 'cannot be read'] },
  quick: 0.3,
  full: 20
})
