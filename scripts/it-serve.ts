#!/usr/bin/env node
/** The program: the command line of this process, see program.ts. */
import { runProgram } from './program.ts'

// A reader that went away (a pager that was quit) is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

process.exitCode = await runProgram(process.argv.slice(2), {
  environment: process.env,
  writeOut: (text) => void process.stdout.write(text),
  writeErr: (text) => void process.stderr.write(text)
})
