/** Our decoder for a family of options. Told: its name. */
import { familyCorpus } from '../family-corpus.ts'
import type { families } from '../loops/families.ts'
import { familyCodecs } from './family-codecs.ts'
import { spin } from './spin.ts'

const name = process.argv[2] as keyof typeof families
const input = familyCorpus(name)
const codec = familyCodecs[name]()

await spin(input, 'frames', (tally, pass) => {
  while (pass()) {
    const decoder = codec.decoder()
    for (const chunk of input.chunks) {
      const out: unknown[] = []
      decoder.push([chunk], out)
      if (name === 'typed header') tally.addHeaded(out as never[])
      else tally.add(out as Uint8Array[])
    }
    decoder.end?.([])
  }
})
