/**
 * Checks that imports point one way:
 *
 *   test, scripts -> servers -> lib/index.ts -> serve -> gate -> transport -> stream -> contracts
 *                                                    \-> codec, calendar ------------^
 *   servers, gate -> presets -> codec
 *   test, users -> laws -> transport, codec
 *   scripts, test, users -> faults -> serve
 *
 * A file may import its own layer and those named for it. Prints each wrong arrow and exits 1 if there is one.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/** For each layer: its files, and the layers it may import beside itself. The first match counts. */
const layers: { name: string; files: RegExp; may: string[] }[] = [
  {
    name: 'contracts',
    files:
      /^lib\/(types|symbols|errors|limits|events|options|server|client|body|clock|printable|unread|decoder-run|options-known|tls-options|quoted|format-peer)\.ts$/,
    may: []
  },
  { name: 'stream', files: /^lib\/stream\//, may: ['contracts'] },
  { name: 'presets', files: /^lib\/codec\/presets\//, may: ['contracts', 'codec'] },
  { name: 'codec', files: /^lib\/codec\//, may: ['contracts'] },
  { name: 'calendar', files: /^lib\/calendar\//, may: ['contracts'] },
  { name: 'transport', files: /^lib\/transport\//, may: ['contracts', 'stream'] },
  { name: 'gate', files: /^lib\/gate\//, may: ['contracts', 'stream', 'codec', 'presets', 'transport'] },
  {
    name: 'serve',
    files:
      /^lib\/((serve|serve-options|serve-datagrams|sessions|session|stats|reason-for|service|connection-info|traffic|drain|requests|proxy)\.ts$|admission\/|watch\/)/,
    may: ['contracts', 'stream', 'transport', 'gate']
  },
  {
    name: 'door',
    files: /^lib\/index\.ts$/,
    may: ['contracts', 'stream', 'codec', 'calendar', 'transport', 'gate', 'serve']
  },
  { name: 'laws', files: /^lib\/laws\//, may: ['contracts', 'stream', 'codec', 'transport'] },
  { name: 'faults', files: /^lib\/faults\//, may: ['contracts', 'stream', 'transport', 'serve'] },
  { name: 'servers', files: /^servers\//, may: ['door', 'presets'] },
  { name: 'scripts', files: /^scripts\//, may: ['door', 'presets', 'servers', 'faults'] }
]

const layerOf = (file: string): (typeof layers)[number] | undefined => layers.find(({ files }) => files.test(file))

const wrong: string[] = []
for (const folder of ['lib', 'servers', 'scripts']) {
  for (const file of sources(folder)) {
    const from = layerOf(file)
    if (from === undefined) {
      wrong.push(`${file}: belongs to no layer`)
      continue
    }
    for (const target of importsOf(file)) {
      const to = layerOf(target)
      // The files of one server lie in a folder of its own; no server knows another.
      const sibling = from.name === 'servers' && to === from && serverOf(target) !== serverOf(file)
      if (to === undefined || (to !== from && !from.may.includes(to.name)) || sibling) {
        wrong.push(
          `${file} -> ${target}: ${from.name} may not import ${sibling ? 'other protocols' : (to?.name ?? 'that')}`
        )
      }
    }
  }
}
for (const arrow of wrong) console.error(arrow)
console.log(wrong.length === 0 ? 'all arrows point down' : `${wrong.length} wrong arrows`)
process.exitCode = wrong.length === 0 ? 0 : 1

/** `exec` of `servers/exec.ts` and of all in `servers/exec/`. */
function serverOf(file: string): string | undefined {
  return file.split(/[/.]/)[1]
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
  const found = text.matchAll(/^\s*(?:import|export)\b[^'";]*?from\s+'(\.[^']*)'|import\(\s*'(\.[^']*)'\s*\)/gm)
  return [...found].map((match) => normalize(join(dirname(file), (match[1] ?? match[2]) as string)))
}

function sources(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return entries.filter((name) => name.endsWith('.ts')).map((name) => join(folder, name))
}
