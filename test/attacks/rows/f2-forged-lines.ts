/** F2: one member sends names, commands, controls, line ends and halves of characters, in all combinations. */
import type { Row } from '../framework/row.ts'

/** At the pace of people, 50 inputs would not come in one turn. */
const unpaced = { mostLoopMs: 200 }

export const row: Row<{ inputs: number }> = {
  id: 'F2',
  title: 'names and messages with line ends, NUL, ESC, C1, U+202E, joiners, look-alikes, 1 KB and more, `__proto__`',
  gate: 'no line at any other member that could be taken for the words of somebody else, no control character',
  quick: { inputs: 2_000 },
  full: { inputs: 10_000 },
  needs: ['python3'],
  async run(attack, { inputs }) {
    const options = { linesPerSecond: 1_000_000 }
    const victim = await attack.victim('chat', { options }, { to: attack.controlEndpoint }, unpaced)
    const fuzz = attack.python('chat_fuzz.py', { to: victim.endpoint, inputs, seed: attack.seed })
    const done = await fuzz.event<{ lines: number; unsafe: number; forged: number; example: string }>('done', 600_000)
    attack.atLeast('lines heard by others', done.lines, inputs / 2)
    attack.exactly('with a control character', done.unsafe, 0)
    attack.exactly('forged', done.forged, 0)
    if (done.example !== '') attack.figure('the first of them', done.example)
  }
}
