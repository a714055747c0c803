/** Echo by hand: `data`, `write`, and no reading while what was written is not taken. */
import { bare } from './bare.ts'

bare((socket) => {
  socket.on('data', (chunk) => {
    if (!socket.write(chunk)) socket.pause()
  })
  socket.on('drain', () => socket.resume())
  socket.on('end', () => socket.end())
  socket.on('error', () => socket.destroy())
})
