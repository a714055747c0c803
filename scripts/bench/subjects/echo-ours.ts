/** Our echo. Told `plain`: without read buffers. */
import { serve } from '../../../lib/index.ts'
import { echo } from '../../../servers/echo.ts'
import { announce } from './serving.ts'

const readBuffers = process.argv[2] !== 'plain'
const service = await serve(echo, { listen: 'tcp://127.0.0.1:0', readBuffers })
announce(new URL(service.endpoints[0]!).port)
