/** A9: however a stream is cut, the frames are the same. The laws of it-serve/laws hold every codec to it in npm test; here are more cuts, and a real line. */
import { Remote } from '../framework/remote.ts'
import type { Row } from '../framework/row.ts'

export const row: Row<{ partitions: number; questions: number }> = {
  id: 'A9',
  title:
    'segmentation: random partitions of a stream and all of a short one, each framing; 1,000 questions in one segment',
  gate: 'no difference; 1,000 answers in their order',
  shows: ['partitions', 'differences, delimiter', 'differences, length'],
  quick: { partitions: 2000, questions: 1000 },
  full: { partitions: 100_000, questions: 1000 },
  async run(attack, { partitions, questions }) {
    const decoders = new Remote('the decoders', new URL('../decoders-process.ts', import.meta.url))
    attack.after(() => decoders.kill())
    let done = 0
    for (const name of await decoders.ask<string[]>('names')) {
      const task = { name, seed: attack.seed, count: partitions }
      const found = await decoders.ask<{ wrong: number; partitions: number }>('partitions', task, 600_000)
      done += found.partitions
      attack.exactly(`differences, ${name}`, found.wrong, 0)
    }
    attack.figure('partitions', done)

    const asked = ['Simple is better than?', 'What is a zen?', 'Explicit is better than?', 'Beautiful is better than?']
    const told = ['Complex.', 'Error: unknown aphorism.', 'Implicit.', 'Ugly.']
    const victim = await attack.victim('zen', {}, { say: asked[0] as string, hear: told[0] as string })
    const of = (table: string[]): string =>
      Array.from({ length: questions }, (_, index) => table[(index * 7) % 4]).join('')
    const plan = { to: victim.endpoint, pieces: [of(asked)] }
    const { got } = await attack.python('exchange.py', plan).event<{ got: string }>('done')
    attack.holds(`${questions} answers to one segment, in order`, got === of(told), got.slice(0, 100))
  }
}
