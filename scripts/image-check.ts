/**
 * `npm run image:check`: the steps of scripts/deploy/Dockerfile without a container engine. Each stage is a folder, into which
 * is copied what the image would get of what git has; RUN runs there; at the end the entry point serves, as the image's user
 * if we may become that. What it cannot see is what the base image is made of.
 */
import { execFileSync, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Copy, DockerfileParser, type From, type Instruction } from 'dockerfile-ast'

const folder = mkdtempSync(join(tmpdir(), 'it-serve-image-'))
const dockerfile = DockerfileParser.parse(readFileSync('scripts/deploy/Dockerfile', 'utf8'))
const stages = new Map<string, string>()
const image = { root: '', workdir: '/', user: '0:0', entrypoint: [] as string[], command: [] as string[] }

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
    case 'ENTRYPOINT':
      image.entrypoint = JSON.parse(instruction.getArgumentsContent() as string)
      break
    case 'CMD':
      image.command = JSON.parse(instruction.getArgumentsContent() as string)
      break
  }
  console.log(`ok  ${instruction.getKeyword()} ${instruction.getArgumentsContent()}`)
}

/** On a free port of loopback, so that nobody else is served. */
async function serveFrom({ root, workdir, user, entrypoint, command }: typeof image): Promise<void> {
  const [program, bin, ...rest] = entrypoint as [string, string]
  const local = command.map((word) => word.replace(/0\.0\.0\.0:\d+$/, '127.0.0.1:0'))
  const [uid, gid] = user.split(':').map(Number) as [number, number]
  const become = process.getuid?.() === 0 ? { uid, gid } : {}
  const options: SpawnOptions = { cwd: join(root, workdir), stdio: ['ignore', 'pipe', 'inherit'], ...become }
  const server = spawn(program, [join(root, bin), ...rest, ...local, '--quiet'], options)
  try {
    const [line] = await once(createInterface(server.stdout as NodeJS.ReadableStream), 'line')
    const [, endpoint] = / listening at (\S+)$/.exec(line) ?? []
    const asked = [join(root, bin), 'client', 'echo', endpoint as string, 'hello']
    const answer = String(execFileSync(program, asked, { cwd: join(root, workdir), timeout: 30_000 }))
    const ended = once(server, 'exit')
    server.kill('SIGTERM')
    const [status] = await ended
    if (answer !== 'hello\n' || status !== 0)
      throw new Error(`it answered ${JSON.stringify(answer)} and ended with ${status}`)
    const size = String(execFileSync('du', ['-sk', root])).split('\t')[0]
    console.log(
      `it serves as ${'uid' in become ? user : 'this user'}; ${Math.round(Number(size) / 1024)} MiB beside the base image`
    )
  } finally {
    server.kill('SIGKILL')
  }
}
