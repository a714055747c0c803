import { provenBy } from '../framework/proven-by.ts'

export const row = provenBy({
  id: 'L2',
  title: 'interleavings by a scheduler: channel, hub, concurrent map, and what the contract of iterators says',
  gate: 'nothing lost, doubled or out of order; every promise settles (10,000 interleavings each in the full form)',
  proof: {
    files: ['stream/channel', 'stream/hub', 'stream/map-async'],
    only: ['interleaving', 'several next', 'block, with a reader', 'strict and dropping']
  },
  quick: 1,
  full: 35
})
