/** A plain `net` echo, by which all times are calibrated. */
import { type AddressInfo, createServer } from 'node:net'
import { answerParent } from './remote.ts'

const server = createServer((socket) => socket.on('error', () => {}).pipe(socket))
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

answerParent({ endpoint: () => `tcp://127.0.0.1:${(server.address() as AddressInfo).port}` })
process.once('disconnect', () => process.exit())
