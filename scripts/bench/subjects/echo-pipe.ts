/** Echo as everybody writes it first. */
import { bare } from './bare.ts'

bare((socket) => {
  socket.on('error', () => socket.destroy())
  socket.pipe(socket)
})
