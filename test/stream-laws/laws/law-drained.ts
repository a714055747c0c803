/**
 * 10 MiB in and 20 MiB out for a peer that reads nothing before it has written everything: our side certainly waits for
 * room, and goes on when there is some. The random transcripts come to that only sometimes.
 */
import assert from 'node:assert/strict'
import type { Form } from '../transcripts/play.ts'
import type { Transcript } from '../transcripts/transcript.ts'
import type { Law } from '../trial.ts'
import { type WireName, withWires } from '../wires/wires.ts'
import { everywhere } from './law-transcripts.ts'

const tenMebibytes: Transcript = {
  specs: [
    { kind: 'lines', picky: false, rest: 'frame' },
    { kind: 'repeat', times: 2 },
    { kind: 'encode', picky: false, trailer: true, packed: false, endIsFrame: false }
  ],
  frames: Array.from({ length: 40 }, (_, index) => ({ faulty: index % 10 === 5, length: 256 * 1024 })),
  tail: 7,
  cuts: [200_000, 100],
  pauses: ['none', 'turn'],
  reading: { kind: 'never' },
  ending: 'fin',
  trip: 'abort'
}

const wires: WireName[] = ['memory', 'tcp', 'tcp plain', 'unix']
const forms: Form[] = ['driven', 'pulled']

export const drained: Law = (trial) =>
  withWires(trial, async (open) => {
    for (const { stalled } of await everywhere(trial, open, tenMebibytes, wires, forms)) {
      assert.ok(stalled, 'everything fitted into the buffers, and nobody waited')
    }
  })
