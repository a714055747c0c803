/** An echo for suspend.test.ts at a socket that was handed to it: its input says `suspend` and `resume`. */
import { createInterface } from 'node:readline'
import { serve } from '../../lib/index.ts'
import { echo } from '../../servers/echo.ts'

const service = await serve(echo, { listen: 'fd:3' })
console.log(`echo listening at ${service.endpoints[0]}`)
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'suspend') await service.suspend()
  else await service.resume()
  console.log(JSON.stringify({ accepting: service.accepting, refusals: service.stats.refusals.suspended }))
}
await service.stop()
