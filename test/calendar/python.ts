/**
 * One python3 process that answers what `time.strftime` and `time.ctime` print, as many questions as one likes.
 *
 * Strategy: a line of JSON there, a line of JSON back. Our promise is for glibc: another C library is no judge.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A format (`ctime` when null), seconds since 1970, and what `TZ` is set to. */
export type Case = [format: string | null, epoch: number, zone: string]

const program = `
import json, os, sys, time
zone = None
for line in sys.stdin:
    answers = []
    for format, epoch, wanted in json.loads(line):
        if wanted != zone:
            zone = wanted
            os.environ['TZ'] = zone
            time.tzset()
        answers.append(time.ctime(epoch) if format is None else time.strftime(format, time.localtime(epoch)))
    print(json.dumps(answers), flush=True)
`

/** Why Python cannot be asked here; false when it can. For the option `skip` of a test. */
export const noPython: string | false = (() => {
  const { error, stdout } = spawnSync('python3', ['-c', 'import platform; print(platform.libc_ver()[0])'])
  if (error !== undefined) {
    return 'python3 is not on the PATH'
  }
  return String(stdout).trim() === 'glibc' ? false : 'this python3 has another C library than glibc'
})()

export class Python implements Disposable {
  // The case of letters follows LC_CTYPE, which is a UTF-8 one nearly everywhere; names and formats are those of C.
  readonly #process = spawn('python3', ['-c', program], {
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
    stdio: ['pipe', 'pipe', 'inherit']
  })
  readonly #lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]()

  async ask(cases: readonly Case[]): Promise<string[]> {
    this.#process.stdin.write(`${JSON.stringify(cases)}\n`)
    const line = await this.#lines.next()
    if (line.done) {
      throw new Error('python3 ended before it answered')
    }
    return JSON.parse(line.value) as string[]
  }

  [Symbol.dispose](): void {
    this.#process.stdin.end()
  }
}
