/**
 * Counts work and memory without a clock, so that a law about them has one answer on every machine.
 *
 * Work is two sums. Of JavaScript: how often each block ran (V8's precise block coverage: every turn of every loop,
 * every call). Of native methods: how many bytes or items each call went over, copied or made, because one `indexOf` is
 * one block and may still read a megabyte. Memory is the bytes of all buffers made.
 *
 * V8 counts blocks only in functions compiled after counting was switched on, and it compiles a function at its first
 * call: so importing this file switches it on, for this process. What ran before is noticed and refused.
 */
import { Session } from 'node:inspector'
import { takeCoverage } from 'node:v8'

export interface Work {
  /** Blocks of JavaScript run. */
  readonly blocks: number
  /** Bytes and items that native methods went over. */
  readonly touched: number
  /** Bytes of the buffers made. */
  readonly allocated: number
}

/** Code whose steps are not the codec's: these laws, and what runs them. */
const notCounted = [new URL('.', import.meta.url).href, '/node_modules/fast-check/', '/node_modules/tsx/']

const session = startCounting()

/** Undefined in a runtime that cannot count. */
function startCounting(): Session | undefined {
  saveReport()
  try {
    const started = new Session()
    started.connect()
    started.post('Profiler.enable')
    started.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
    return started
  } catch {
    return undefined
  }
}

/**
 * Counting sets counts back, also those of a coverage report of the whole process (`--experimental-test-coverage`, c8): what
 * it has so far is written first, and such reports add up what was written.
 */
function saveReport(): void {
  if (process.env.NODE_V8_COVERAGE) takeCoverage()
}

/** The work of a codec cannot be counted: not its fault, and nothing is known of it. */
export class NotCounted extends Error {}

/** Blocks run since the last call, in all files but ours and Node's own (those are what the native sum is for). */
function blocksRun(): number {
  if (session === undefined) throw new NotCounted('this runtime has no V8 inspector, which counts the steps')
  let blocks = 0
  const early = new Map<string, number>()
  session.post('Profiler.takePreciseCoverage', (error, { result }) => {
    if (error) throw error
    for (const { url, functions } of result) {
      if (url === '' || url.startsWith('node:') || notCounted.some((part) => url.includes(part))) continue
      for (const { functionName, ranges, isBlockCoverage } of functions) {
        for (const { count } of ranges) blocks += count
        if (!isBlockCoverage) early.set(`${functionName} of ${url}`, ranges[0]?.count ?? 0)
      }
    }
  })
  refuseEarly(early, blocks)
  return blocks
}

/**
 * Of a function that was compiled before, calls are counted but not the turns of its loops. A helper among others makes no
 * difference (tsx runs one at load time); where most of what was counted is such calls, it is the codec itself.
 */
function refuseEarly(early: ReadonlyMap<string, number>, blocks: number): void {
  let calls = 0
  for (const count of early.values()) calls += count
  if (blocks > 0 && calls * 2 <= blocks) return
  const names = [...early].sort(([, a], [, b]) => b - a).map(([name]) => name)
  const first = names.length === 0 ? 'nothing of it is counted' : names.slice(0, 3).join(', ')
  throw new NotCounted(`it ran before 'it-serve/laws' was imported (${first})`)
}

let touched = 0
let allocated = 0

type Method = (this: unknown, ...args: unknown[]) => unknown
type Cost = (self: { length: number }, args: unknown[], result: unknown) => number

const sizeOf = (value: unknown): number => {
  if (typeof value === 'string' || Array.isArray(value)) return value.length
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer ? value.byteLength : 0
}
const ofSelf: Cost = (self) => self.length
/** What was made; `Buffer.from(arrayBuffer, ...)` makes nothing but a view. */
const ofResult: Cost = (_self, [first], result) => (first instanceof ArrayBuffer ? 0 : sizeOf(result))
/** What it answers is how many bytes it copied. */
const ofAnswer: Cost = (_self, _args, result) => (typeof result === 'number' ? result : 0)
const ofFirst: Cost = (_self, [first]) => sizeOf(first)
/** `fill(value, start, end)`, and `copyWithin(target, start, end)`: no more than the range given. */
const ofRange: Cost = ({ length }, [, start, end]) => {
  const from = typeof start === 'number' ? start : 0
  return (typeof end === 'number' ? Math.min(end, length) : length) - from
}
/** A search reads from where it starts to where it finds. */
const ofSearch: Cost = ({ length }, [, from], found) => {
  const start = typeof from === 'number' ? Math.min(Math.max(from < 0 ? from + length : from, 0), length) : 0
  return typeof found === 'number' && found >= start ? found - start + 1 : length - start
}

const typedArray: object = Object.getPrototypeOf(Uint8Array.prototype)
const touchedBy: [target: object, cost: Cost, methods: PropertyKey[]][] = [
  [typedArray, ofFirst, ['set']],
  [typedArray, ofResult, ['slice']],
  [typedArray, ofSearch, ['indexOf', 'includes']],
  [typedArray, ofSelf, ['lastIndexOf', 'join', 'reverse', 'every', 'some', 'findIndex', 'find']],
  [typedArray, ofRange, ['fill', 'copyWithin']],
  [Buffer.prototype, ofRange, ['fill']],
  [Buffer.prototype, ofSearch, ['indexOf', 'includes']],
  [Buffer.prototype, ofResult, ['toString', 'utf8Slice', 'latin1Slice']],
  [Buffer.prototype, ofAnswer, ['copy']],
  [Buffer.prototype, ofSelf, ['lastIndexOf', 'equals', 'compare']],
  [Buffer.prototype, ofFirst, ['write', 'utf8Write', 'latin1Write']],
  [Buffer, ofResult, ['concat', 'from', 'alloc', 'allocUnsafe', 'allocUnsafeSlow', 'copyBytesFrom']],
  [Buffer, ofFirst, ['byteLength', 'compare']],
  [TextDecoder.prototype, ofFirst, ['decode']],
  [TextEncoder.prototype, ofFirst, ['encode', 'encodeInto']],
  [String.prototype, ofSearch, ['indexOf', 'includes']],
  [String.prototype, ofSelf, ['lastIndexOf', 'split', 'replace', 'replaceAll', 'match', 'search', 'isWellFormed']],
  [RegExp.prototype, ofFirst, ['test', 'exec']],
  [JSON, ofFirst, ['parse']],
  [JSON, ofResult, ['stringify']],
  [
    Array.prototype,
    ofSelf,
    ['shift', 'unshift', 'splice', 'concat', 'slice', 'indexOf', 'includes', 'join', 'reverse']
  ],
  [Array.prototype, ofSelf, [Symbol.iterator]] // `[...pieces, chunk]` and `push(...frames)`
]
const allocatedBy: [target: object, methods: string[]][] = [
  [typedArray, ['slice']],
  [Buffer, ['concat', 'from', 'alloc', 'allocUnsafe', 'allocUnsafeSlow', 'copyBytesFrom']],
  [TextEncoder.prototype, ['encode']],
  [ArrayBuffer.prototype, ['slice', 'resize']]
]

/** Puts a counting function in a method's place; the answer puts the method back. */
function wrap(
  target: object,
  name: PropertyKey,
  count: (self: { length: number }, args: unknown[], result: unknown) => void
): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name)
  const method = before?.value as Method | undefined
  if (before === undefined || method === undefined) return () => {}
  const counting: Method = function (...args) {
    const result = method.apply(this, args)
    count(this as { length: number }, args, result)
    return result
  }
  Object.defineProperty(target, name, { ...before, value: counting })
  return () => Object.defineProperty(target, name, before)
}

/** `new Uint8Array(...)` and `new ArrayBuffer(...)`: made, zeroed or copied; a view onto a buffer costs one step. */
function wrapConstructor(name: 'Uint8Array' | 'ArrayBuffer'): () => void {
  const original = globalThis[name]
  const counting = new Proxy(original, {
    construct(target, args, newTarget) {
      const made = Reflect.construct(target, args, newTarget === counting ? target : newTarget) as
        | Uint8Array
        | ArrayBuffer
      const isView = args[0] instanceof ArrayBuffer
      touched += isView ? 1 : made.byteLength
      allocated += isView ? 0 : made.byteLength
      return made
    }
  })
  Object.assign(globalThis, { [name]: counting })
  return () => Object.assign(globalThis, { [name]: original })
}

/** Runs `run` with the counting methods in place. */
function counted(run: () => void): Omit<Work, 'blocks'> {
  const undo: (() => void)[] = []
  for (const [target, cost, methods] of touchedBy) {
    for (const name of methods) {
      undo.push(wrap(target, name, (self, args, result) => (touched += cost(self, args, result))))
    }
  }
  for (const [target, methods] of allocatedBy) {
    for (const name of methods)
      undo.push(wrap(target, name, (self, args, result) => (allocated += ofResult(self, args, result))))
  }
  undo.push(wrapConstructor('Uint8Array'), wrapConstructor('ArrayBuffer'))
  touched = 0
  allocated = 0
  try {
    run()
  } finally {
    for (const restore of undo.reverse()) restore()
  }
  return { touched, allocated }
}

/** Bytes of the buffers that a run makes. */
export function allocation(run: () => void): number {
  return counted(run).allocated
}

/**
 * Says what each run costs. Counts are fetched once between two runs, for that is what takes time.
 *
 * @throws NotCounted
 */
export function measure(runs: readonly (() => void)[]): Work[] {
  saveReport()
  forgetBlocks()
  return runs.map((run) => ({ ...counted(run), blocks: blocksRun() }))
}

function forgetBlocks(): void {
  session?.post('Profiler.takePreciseCoverage', () => {})
}
