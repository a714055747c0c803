/**
 * A room by hand: lines found with `indexOf`, a nick, one buffer for all that one read says, one write of it to each
 * member; who lets a megabyte wait is cut off. Nothing is cleaned and nobody is told who comes and goes.
 */
import type { Socket } from 'node:net'
import { bare } from './bare.ts'

const lineEnd = '\n'.charCodeAt(0)
const nothing = Buffer.alloc(0)
const members = new Set<Socket>()
const most = 1024 * 1024

bare((socket) => {
  let nick = `guest${members.size}`
  let rest: Buffer = nothing
  members.add(socket)
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let said = ''
    let from = 0
    for (let at = bytes.indexOf(lineEnd, rest.length); at !== -1; at = bytes.indexOf(lineEnd, from)) {
      const line = bytes.toString('utf8', from, at).trim()
      if (line.startsWith('/nick ')) nick = line.slice(6)
      else said += `[lobby] <${nick}> ${line}\r\n`
      from = at + 1
    }
    rest = from === bytes.length ? nothing : bytes.subarray(from)
    if (said !== '') spread(Buffer.from(said), socket)
    if (rest.length > 1024) socket.destroy()
  })
  socket.on('end', () => socket.end())
  socket.on('error', () => socket.destroy())
  socket.on('close', () => members.delete(socket))
})

function spread(bytes: Buffer, except: Socket): void {
  for (const member of members) {
    if (member === except) continue
    if (member.writableLength > most) member.destroy()
    else member.write(bytes)
  }
}
