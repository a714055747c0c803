/** Two workers of node:cluster at the Unix socket of its argument, for unix-path.test.ts. Each says whether it listens. */
import cluster from 'node:cluster'
import { serve } from '../../lib/index.ts'
import { echo } from '../../servers/echo.ts'

if (cluster.isPrimary) {
  for (let count = 0; count < 2; count++) cluster.fork()
  process.stdin.on('end', () => cluster.disconnect()).resume()
} else {
  serve(echo, { listen: `unix:${process.argv[2]}` }).then(
    (service) => {
      console.log(`echo listening at ${service.endpoints[0]}`)
      process.once('disconnect', () => service.stop())
    },
    (error: Error) => {
      console.log(error.message)
      process.exit(1)
    }
  )
}
