/**
 * `npm run image:check`: the steps of scripts/deploy/Dockerfile without a container engine. Each stage is a folder, into which
 * is copied what the image would get of what git has; RUN runs there; at the end the entry point serves, as the image's user
 * if we may become that. What it cannot see is what the base image is made of.
 */
import assert from 'node:assert/strict'
import { execFileSync, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Copy, DockerfileParser, type From, type Instruction } from 'dockerfile-ast'

const folder = mkdtempSync(join(tmpdir(), 'it-serve-image-'))
const dockerfile = DockerfileParser.parse(readFileSync('scripts/deploy/Dockerfile', 'utf8'))
const stages = new Map<string, string>()
const image = {
  root: '',
  workdir: '/',
  user: '0:0',
  health: [] as string[],
  entrypoint: [] as string[],
  command: [] as string[]
}

try {
  chmodSync(folder, 0o755)
  const context = checkout(join(folder, 'context'))
  for (const instruction of dockerfile.getInstructions()) step(instruction, context)
  await serveFrom(image)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** What git has, also what is changed and not yet committed, of what the ignore file lets through. */
function checkout(to: string): string {
  const ignored = readFileSync('scripts/deploy/Dockerfile.dockerignore', 'utf8').split('\n')
  const allowed = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', ...allowed])
  for (const path of String(list).split('\0')) if (path !== '' && existsSync(path)) cpSync(path, join(to, path))
  return to
}

function step(instruction: Instruction, context: string): void {
  const words = instruction.getArguments().map((argument) => argument.getValue())
  const inside = (path: string): string => join(image.root, path.startsWith('/') ? path : join(image.workdir, path))
  switch (instruction.getKeyword()) {
    case 'FROM': {
      const root = join(folder, `stage-${stages.size}`)
      stages.set((instruction as From).getBuildStage() ?? '', root)
      Object.assign(image, { root, workdir: '/', user: '0:0' })
      break
    }
    case 'WORKDIR':
      image.workdir = words[0] as string
      mkdirSync(inside('.'), { recursive: true })
      break
    case 'COPY': {
      const from = (instruction as Copy)
        .getFlags()
        .find((flag) => flag.getName() === 'from')
        ?.getValue()
      const to = words.pop() as string
      for (const path of words) {
        const source =
          from === undefined || from === null ? join(context, path) : join(stages.get(from) as string, path)
        const target = to.endsWith('/') ? join(inside(to), path.split('/').pop() as string) : inside(to)
        mkdirSync(dirname(target), { recursive: true })
        cpSync(source, target, { recursive: true, verbatimSymlinks: true })
      }
      break
    }
    case 'RUN':
      execFileSync('sh', ['-c', instruction.getArgumentsContent() as string], { cwd: inside('.'), stdio: 'pipe' })
      break
    case 'USER':
      image.user = words[0] as string
      break
    case 'HEALTHCHECK':
      image.health = JSON.parse(/CMD (\[.*\])/s.exec(instruction.getArgumentsContent() as string)?.[1] as string)
      break
    case 'ENTRYPOINT':
      image.entrypoint = JSON.parse(instruction.getArgumentsContent() as string)
      break
    case 'CMD':
      image.command = JSON.parse(instruction.getArgumentsContent() as string)
      break
  }
  console.log(`ok  ${instruction.getKeyword()} ${instruction.getArgumentsContent()}`)
}

/** On free ports of loopback, so that nobody else is served. */
async function serveFrom({ root, workdir, user, health, entrypoint, command }: typeof image): Promise<void> {
  const [program, bin, ...rest] = entrypoint as [string, string]
  const local = command.map((word) => word.replace(/0\.0\.0\.0:\d+$/, '127.0.0.1:0'))
  const [uid, gid] = user.split(':').map(Number) as [number, number]
  const options: SpawnOptions = {
    cwd: join(root, workdir),
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, IT_SERVE_ADMIN: '127.0.0.1:0', IT_SERVE_QUIET: 'true' },
    ...(process.getuid?.() === 0 ? { uid, gid } : {})
  }
  const server = spawn(program, [join(root, bin), ...rest, ...local], options)
  const ended = once(server, 'exit')
  try {
    const lines = createInterface(server.stdout as NodeJS.ReadableStream)[Symbol.asyncIterator]()
    const endpoint = await lastWord(lines)
    const admin = (await lastWord(lines)).replace('http://', '')
    const answer = execFileSync(program, [join(root, bin), 'client', 'echo', endpoint, 'hello'], { encoding: 'utf8' })
    assert.equal(answer, 'hello\n')
    const check = (): number | null =>
      spawnSync(health[0] as string, health.slice(1), { env: { ...process.env, IT_SERVE_ADMIN: admin } }).status
    assert.equal(check(), 0, 'healthy while it runs')
    server.kill('SIGTERM')
    assert.deepEqual(await ended, [0, null])
    assert.equal(check(), 1, 'not healthy when it is gone')
    const size = Number(execFileSync('du', ['-sk', root], { encoding: 'utf8' }).split('\t')[0])
    console.log(
      `it serves as ${'uid' in options ? user : 'this user'}; ${Math.round(size / 1024)} MiB beside the base image`
    )
  } finally {
    server.kill('SIGKILL')
  }
}

/** Where it says that it is: the end of its next line. */
async function lastWord(lines: AsyncIterator<string>): Promise<string> {
  const { value } = await lines.next()
  return String(value).split(' ').at(-1) as string
}
