/** Echo with nothing to it, as in every introduction to `net`: what a connection costs at least. */
import { bare } from './bare.ts'

bare((socket) => {
  socket.on('data', (chunk) => socket.write(chunk))
  socket.on('end', () => socket.end())
  socket.on('error', () => socket.destroy())
})
