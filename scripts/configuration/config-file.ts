/**
 * The configuration file, YAML 1.2, of which JSON is a part:
 *
 *   maxConnections: 500        # for every server that has this option
 *   servers:
 *     echo:
 *       port: 7                # for this one, whatever stands above
 *   clients:
 *     echo:
 *       tlsCa: ca.pem          # a path is relative to the folder of the file
 *
 * All of it is looked at, also what is for others: a key that nobody knows, or a value of the wrong kind, is refused with
 * its line.
 */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml'
import { ConfigurationError } from '../exit-status.ts'
import { readableByOthers } from './readable-by-others.ts'
import type { Given, Layer, Setting } from './setting.ts'
import { suggestion } from './suggestion.ts'

export type Sections = Readonly<Record<'servers' | 'clients', ReadonlyMap<string, readonly Setting[]>>>

export interface Section {
  readonly kind: keyof Sections
  readonly name: string
}

const mostBytes = 1024 * 1024

/**
 * What the file says for one server or client, the section in front of what is for all; `from` is who named the file.
 *
 * @throws ConfigurationError that names the key, the file and the line
 */
export function fromFile(
  path: string,
  from: string,
  sections: Sections,
  wanted: Section,
  warn: (line: string) => void
): Layer[] {
  const lines = new LineCounter()
  const root = rootOf(path, from, lines)
  const [own, shared]: [Layer, Layer] = [new Map(), new Map()]
  const at = (key: string, node: Node): string =>
    `${key} in ${path} line ${lines.linePos((node.range as [number, number, number])[0]).line}`

  const read = (
    map: YAMLMap,
    settings: readonly Setting[],
    name: string,
    into?: Layer,
    others: string[] = []
  ): void => {
    const byKey = new Map(settings.map((setting) => [setting.key, setting]))
    for (const [key, node, value] of pairs(map)) {
      if (others.includes(key)) continue
      const place = at(`${name}${key}`, node)
      const setting = byKey.get(key)
      if (setting === undefined) {
        throw new ConfigurationError(`${place} is no option${suggestion(key, [...byKey.keys(), ...others])}`)
      }
      into?.set(key, given(place, value, setting, path))
      if (into !== undefined && setting.secret && setting.kind !== 'path') warning(place)
    }
  }
  const warning = (place: string): void => {
    const line = readableByOthers(place, path)
    if (line !== undefined) warn(line)
  }

  if (root === undefined) return []
  read(root, Array.from(sections.servers.values()).flat(), '', shared, ['servers', 'clients'])
  for (const [kind, node, value] of pairs(root)) {
    if (kind !== 'servers' && kind !== 'clients') continue
    for (const [name, nameNode, section] of pairs(mapOf(at(kind, node), value))) {
      const place = at(`${kind}.${name}`, nameNode)
      const settings = sections[kind].get(name)
      if (settings === undefined) {
        const names = Array.from(sections[kind].keys())
        throw new ConfigurationError(`${place} is none of ${names.join(', ')}${suggestion(name, names)}`)
      }
      const layer = kind === wanted.kind && name === wanted.name ? own : new Map()
      read(mapOf(place, section), settings, `${kind}.${name}.`, layer)
    }
  }
  return wanted.kind === 'servers' ? [own, shared] : [own]
}

function rootOf(path: string, from: string, lineCounter: LineCounter): YAMLMap | undefined {
  let content: string
  try {
    content = readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigurationError(`${from} is ${JSON.stringify(path)}: ${(error as Error).message}`, { cause: error })
  }
  if (content.length > mostBytes) throw new ConfigurationError(`${from}: ${path} has more than ${mostBytes} bytes`)
  const document = parseDocument(content, { lineCounter, stringKeys: true })
  const [problem] = [...document.errors, ...document.warnings]
  if (problem !== undefined) {
    throw new ConfigurationError(`${from}: ${path}: ${problem.message.split('\n')[0]?.replace(/:$/, '')}`)
  }
  return document.contents === null ? undefined : mapOf(`${from}: ${path}`, document.contents)
}

function* pairs(map: YAMLMap): Generator<[key: string, node: Node, value: unknown]> {
  for (const { key, value } of map.items) yield [String(isScalar(key) ? key.value : key), key as Node, value]
}

function mapOf(place: string, node: unknown): YAMLMap {
  if (!isMap(node)) throw new ConfigurationError(`${place} is ${shown(node)}: expected keys and values`)
  return node
}

function given(place: string, node: unknown, { kind, secret }: Setting, path: string): Given {
  const wrong = (expected: string): Error =>
    new ConfigurationError(`${place} is ${secret ? 'a secret' : shown(node)}: expected ${expected}`)
  if (kind === 'list') {
    const texts = (isSeq(node) ? node.items : [node]).map((item) => {
      if (isScalar(item) && typeof item.value === 'string') return item.value
      throw wrong('text, or a list of it')
    })
    return { place, texts }
  }
  const value: unknown = isScalar(node) ? node.value : node
  if (kind === 'switch' && typeof value !== 'boolean') throw wrong('true or false')
  if (kind === 'number' && typeof value !== 'number' && typeof value !== 'bigint') throw wrong('a number')
  if ((kind === 'text' || kind === 'path') && typeof value !== 'string') throw wrong('text')
  return { place, texts: [kind === 'path' ? resolve(dirname(path), String(value)) : String(value)] }
}

function shown(node: unknown): string {
  if (isMap(node)) return 'a mapping'
  if (isSeq(node)) return 'a list'
  const value = isScalar(node) ? node.value : undefined
  return typeof value === 'string' ? JSON.stringify(value) : String(value ?? 'empty')
}
