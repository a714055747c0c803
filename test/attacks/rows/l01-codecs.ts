import { provenBy } from '../framework/proven-by.ts'

export const row = provenBy({
  id: 'L1',
  title: 'properties of every codec: round trips, any partition, every prefix, the limit and one more',
  gate: 'no counterexample',
  proof: {
    files: ['codec/laws', 'codec/laws-delimiter', 'codec/laws-length', 'presets/laws-messages', 'presets/laws-wire']
  },
  quick: 0.5,
  full: 50
})
