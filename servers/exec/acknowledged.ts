/**
 * The conversation of `--reply ack`: the length in decimal, then the client says anything, then the answer. It waits for
 * its client in the middle of an answer, so it is no pipeline but a dialog.
 *
 *   C: date -u +%F
 *   S: 11
 *   C: ready
 *   S: 2012-08-15
 *
 * The acknowledgement is what arrived in one read, up to its line end where it has one. The length is a line of its own;
 * in chunk framing it is the digits alone, as textbooks have it.
 */
import { type Connection, dialog, ProtocolError } from '../../lib/index.ts'
import { chunk } from './chunk.ts'
import { commandCodec, type Framing, quit, tolerant } from './commands.ts'
import type { Desk } from './desk.ts'
import { quiet } from './progress.ts'
import { Answer } from './replies.ts'

const acknowledgement = chunk({ upToLine: true })
const nothing = new Uint8Array(0)

export async function acknowledged(peer: Connection, desk: Desk, framing: Framing): Promise<void> {
  const talk = dialog(peer)
  const command = commandCodec(framing)
  for (;;) {
    const line = await talk.next(command, tolerant)
    if (line === undefined || line === quit) break
    const answer = new Answer()
    let body: Uint8Array = nothing
    for await (const batch of desk.answer(line, peer)) {
      for (const item of batch) {
        if (item === quiet) await talk.write(nothing)
        else if ('from' in item) answer.add(item)
        else body = answer.take(item)
      }
    }
    await talk.write(Buffer.from(`${body.byteLength}${framing === 'line' ? '\n' : ''}`))
    if ((await talk.next(acknowledgement)) === undefined) {
      throw new ProtocolError('the client ended without an acknowledgement of its answer')
    }
    await talk.write(body)
  }
  talk.end()
}
