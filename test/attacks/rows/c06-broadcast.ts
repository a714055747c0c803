import { provenBy } from '../framework/proven-by.ts'

export const row = provenBy({
  id: 'C6',
  title: 'broadcast: without the right to; its own datagrams; text that is no ASCII, in both directions with Python',
  gate: 'a clear error, its own are not heard, no text ends it',
  proof: { files: ['serve/datagrams', 'peers/broadcast'], only: ['broadcast', 'receiver', 'Python', 'text'] },
  needs: ['python3'],
  quick: 1,
  full: 1
})
