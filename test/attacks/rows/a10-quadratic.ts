/** A10: twice the frame takes twice the time, also in the smallest pieces. In a process without any server. */
import { Remote } from '../framework/remote.ts'
import type { Row } from '../framework/row.ts'

export const row: Row<{ bytes: number; rounds: number }> = {
  id: 'A10',
  title:
    'frames of 1 and 2 MiB (half of that in the quick form) in pieces of 1 byte and of 1 KiB, of the three that carry large frames',
  gate: 'twice the bytes take at most 2.3 times the processor time; 5 MB/s byte by byte or half of a plain loop, 200 MB/s by the KiB',
  shows: ['delimiter: twice the bytes', 'delimiter: byte by byte', 'length: byte by byte'],
  quick: { bytes: 512 * 1024, rounds: 2 },
  full: { bytes: 1024 * 1024, rounds: 15 },
  async run(attack, { bytes, rounds }) {
    const decoders = new Remote('the decoders', new URL('../decoders-process.ts', import.meta.url))
    attack.after(() => decoders.kill())
    const took = (name: string, size: number, piece: number): Promise<number> =>
      decoders.ask('speed', { name, bytes: size, piece, rounds }, 300_000)
    const plain = await decoders.ask<number>('plain', { bytes, rounds }, 300_000)
    attack.figure('plain loop, byte by byte', bytes / plain / 1e3, 'MB/s')
    for (const name of ['delimiter', 'length', 'chunked']) {
      const [one, two] = [await took(name, bytes, 1), await took(name, 2 * bytes, 1)]
      attack.atMost(`${name}: twice the bytes`, two / one, 2.3, 'times')
      attack.figure(`${name}: byte by byte`, bytes / one / 1e3, 'MB/s')
      const share = Math.max(bytes / one / 5e3, plain / one / 0.5)
      attack.atLeast(`${name}: of 5 MB/s, or of half the plain loop`, share, 1, 'times')
      attack.atLeast(`${name}: by the KiB`, (2 * bytes) / (await took(name, 2 * bytes, 1024)) / 1e3, 200, 'MB/s')
    }
  }
}
