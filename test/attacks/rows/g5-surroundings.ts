/** G-5: what a command finds around it. */
import { script } from '../../support/commands.ts'
import { commandResults, refused, starting } from '../framework/commands.ts'
import type { Row } from '../framework/row.ts'

const look = script(
  `
import json, os, resource
here = [fd for fd in os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd/' + fd)]
files = sorted(int(fd) for fd in here)
limits = [resource.getrlimit(one) for one in (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_NOFILE, resource.RLIMIT_CORE)]
print(json.dumps([open('/proc/self/environ').read(), files, os.getcwd(), os.getuid() == 0 or os.geteuid() == 0, os.getgroups() == [0], limits]))`,
  {
    directory: '/usr/share',
    environment: { LANG: 'C', ODD: 'a=b c' },
    limits: { cpuSeconds: 2, memoryBytes: 2 ** 29, openFiles: 32 }
  }
)
const hog = script('x = b"x" * (2 ** 30)', { limits: { memoryBytes: 2 ** 28 } })
const spin = script('while True: pass', { limits: { cpuSeconds: 1 } })

export const row: Row<{ times: number }> = {
  id: 'G-5',
  title: 'environment, descriptors, directory, user and limits of a command',
  gate: 'exactly what the list says; descriptors 0 to 2; never root',
  quick: { times: 50 },
  full: { times: 1000 },
  needs: ['python3', 'setpriv', 'prlimit'],
  async run(attack, { times }) {
    const victim = await attack.victim(
      'exec',
      { options: { list: { commands: { look, hog, spin } } } },
      refused,
      starting
    )
    const tasks = Array.from({ length: times }, () => ({ lines: ['look'] }))
    const { results } = await commandResults(attack, { to: victim.endpoint, tasks, atATime: 4 })
    const wanted = `${JSON.stringify([
      'LANG=C\0ODD=a=b c\0',
      [0, 1, 2],
      '/usr/share',
      false,
      false,
      [
        [2, 3],
        [2 ** 29, 2 ** 29],
        [32, 32],
        [0, 0]
      ]
    ])}`
    const seen = results.map(({ answers: [one] }) => JSON.stringify(JSON.parse(one?.[1] ?? 'null')))
    attack.exactly('as the list says', seen.filter((one) => one === wanted).length, times)
    const other = seen.find((one) => one !== wanted)
    if (other !== undefined) attack.figure('seen', other)
    const greedy = await commandResults(attack, {
      to: victim.endpoint,
      tasks: [{ lines: ['hog'] }, { lines: ['spin'] }]
    })
    const [memory, time] = greedy.results.map(({ answers: [one] }) => one)
    attack.holds('too much memory is refused', memory?.[1].includes('MemoryError') === true, memory?.[1])
    attack.exactly('too much CPU time is ended', time?.[0].signal ?? '', 'SIGXCPU')
  }
}
