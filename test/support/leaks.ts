/**
 * What is left behind when the tests of a file are over (a socket, a timer, a child) would keep its process alive for
 * ever. This names it and fails the file instead. Every helper that opens something imports this.
 */
import { after } from 'node:test'

after(() => {
  const stuck = (): void => {
    process.stderr.write(`left behind: ${process.getActiveResourcesInfo().join(', ')}\n`)
    process.exit(1)
  }
  setTimeout(stuck, 3_000).unref()
})
