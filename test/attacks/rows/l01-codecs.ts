import { provenBy } from '../framework/proven-by.ts'

export const row = provenBy({
  id: 'L1',
  title: 'properties of every codec: round trips, any partition, every prefix, the limit and one more',
  gate: 'no counterexample (in the full form 50 times the cases of npm test)',
  patienceMs: 7_200_000,
  proof: {
    files: ['codec/laws', 'codec/laws-delimiter', 'codec/laws-length', 'presets/laws-messages', 'presets/laws-wire']
  },
  quick: 0.05,
  full: 50
})
