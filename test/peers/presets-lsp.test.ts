/**
 * vscode-jsonrpc, which editors and language servers use, talks to a server of ours: requests and their answers,
 * notifications both ways, text that is no ASCII, ten thousand small messages.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { MessageConnection } from 'vscode-jsonrpc/node'
import { lsp } from '../../lib/codec/presets/lsp.ts'
import { type Connection, decode, encode, map, pipe } from '../../lib/index.ts'
import type { Books } from '../support/books.ts'
import { proved } from '../support/preset-peers.ts'
import { dial } from '../support/raw.ts'
import { handling, start } from '../support/service.ts'
import { signpost, within } from '../support/wait.ts'

const jsonrpc = await import('vscode-jsonrpc/node').catch(() => undefined)
const skip = jsonrpc === undefined && 'no vscode-jsonrpc: npm install --save-dev vscode-jsonrpc'

interface Message {
  readonly jsonrpc: '2.0'
  readonly id?: number
  readonly method: string
  readonly params?: unknown
}

/** A request is answered with its parameters, a notification with a notification. */
function answer(value: unknown): unknown {
  const { jsonrpc, id, method, params } = value as Message
  return id === undefined ? { jsonrpc, method: `${method}/heard`, params } : { jsonrpc, id, result: { method, params } }
}

const server = handling((peer: Connection) => pipe(peer, decode(lsp()), map(answer), encode(lsp()), peer))

async function editor(t: TestContext): Promise<{ editor: MessageConnection; close: () => Promise<Books> }> {
  const { createMessageConnection, SocketMessageReader, SocketMessageWriter } = jsonrpc!
  const { endpoint, books } = await start(t, server)
  const socket = await dial(endpoint)
  t.after(() => socket.destroy())
  const editor = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket))
  const errors: unknown[] = []
  editor.onError((error) => errors.push(error))
  editor.onUnhandledNotification((message) => errors.push(message))
  const close = async (): Promise<Books> => {
    socket.end()
    await books.count('close', 1)
    editor.dispose()
    assert.deepEqual(errors, [])
    return books
  }
  return { editor, close }
}

const text = 'grüße, €, 😀, 山田, \u0000, "quotes", \\, line\r\n\r\nContent-Length: 5\r\n\r\n'

test('a request and its answer', { skip }, async (t) => {
  const { editor: connection, close } = await editor(t)
  connection.listen()
  const params = { textDocument: { uri: 'file:///ü.ts', text }, nothing: null, large: 'é'.repeat(300_000) }
  const result = await within(connection.sendRequest('textDocument/hover', params), 'the answer')
  assert.deepEqual(result, { method: 'textDocument/hover', params })
  assert.deepEqual((await close()).reasons(), ['finished'])
  proved('lsp')
})

test('notifications both ways', { skip }, async (t) => {
  const { editor: connection, close } = await editor(t)
  const heard = signpost<unknown>()
  connection.onNotification('window/logMessage/heard', (params: unknown) => heard.pass(params))
  connection.listen()
  await connection.sendNotification('window/logMessage', { type: 3, message: text })
  assert.deepEqual(await within(heard.passed, 'the notification'), { type: 3, message: text })
  assert.deepEqual((await close()).reasons(), ['finished'])
  proved('lsp')
})

test('ten thousand small messages', { skip }, async (t) => {
  const { editor: connection, close } = await editor(t)
  connection.listen()
  const ids = Array.from(Array(10_000).keys())
  const answers = await within(Promise.all(ids.map((at) => connection.sendRequest('ping', { at }))), 'all answers')
  assert.deepEqual(
    answers,
    ids.map((at) => ({ method: 'ping', params: { at } }))
  )
  assert.deepEqual((await close()).reasons(), ['finished'])
  proved('lsp')
})
