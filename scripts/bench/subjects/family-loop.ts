/** A decoder by hand for a family of options. Told: its name. */
import { familyCorpus } from '../family-corpus.ts'
import { families } from '../loops/families.ts'
import { spin } from './spin.ts'

const name = process.argv[2] as keyof typeof families
const input = familyCorpus(name)

await spin(input, 'frames', (tally, pass) => {
  while (pass()) {
    const loop = families[name]()
    for (const chunk of input.chunks) {
      const out: Uint8Array[] = []
      loop.push(chunk, out)
      if (name === 'typed header') tally.addHeaded(out as never[])
      else tally.add(out as Uint8Array[])
    }
    loop.end([])
  }
})
