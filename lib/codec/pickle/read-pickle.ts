/**
 * Reads a pickle of Python, protocols 0 to 5, as far as it is plain values: pickletools tells what each opcode means.
 *
 * Pickle is a program for a machine with a stack. This machine has no opcode that imports, calls or looks up anything:
 * those are refused by name. Work and memory grow in a straight line with the bytes, whatever they say.
 */
import { MalformedFrameError } from '../../errors.ts'
import { type PickleLimits, PickleRefusedError } from './faults.ts'
import { argumentsOf, KnownGlobal, knownGlobal } from './known-globals.ts'
import { measure } from './measure.ts'
import { opcodes } from './opcodes.ts'
import { operations } from './operations.ts'
import { latin1, PickleCursor } from './pickle-cursor.ts'
import { PickleStack } from './pickle-stack.ts'
import type { PlainValue } from './values.ts'

/** What Python writes takes at most three steps a value: the value, its memo, and a mark in front of some. */
const stepsPerValue = 4

/**
 * @throws PickleRefusedError for what would import or call
 * @throws MalformedFrameError for what is no pickle, or over a limit
 */
export function readPickle(bytes: Uint8Array, codec: string, limits: PickleLimits): PlainValue {
  const cursor = new PickleCursor(bytes)
  const stack = new PickleStack(limits.maxValues * stepsPerValue)
  let opcode = 'the beginning'
  let start = 0
  let made = 0
  try {
    while (opcode !== 'STOP') {
      start = cursor.position
      const code = cursor.u1()
      opcode = opcodes.get(code) ?? `0x${code.toString(16)}`
      const operation = operations[opcode]
      if (operation !== undefined) operation(stack, cursor)
      else if (opcode === 'REDUCE') reduce()
      else if (opcode === 'GLOBAL' || opcode === 'STACK_GLOBAL') stack.push(named(nameOf()))
      else if (opcodes.has(code)) throw refused(wantedBy())
      else throw new Error('which no protocol has')
    }
    if (cursor.left > 0) throw new Error(`with ${cursor.left} bytes behind it`)
    const value = stack.only()
    measure(value, limits)
    return value as PlainValue
  } catch (error) {
    if (error instanceof MalformedFrameError) throw error
    throw new MalformedFrameError(
      codec,
      `no pickle of plain values: ${opcode} at byte ${start}: ${(error as Error).message}`
    )
  }

  function refused(wanted: string): PickleRefusedError {
    return new PickleRefusedError(codec, opcode, wanted, start)
  }

  function nameOf(): string {
    if (opcode !== 'STACK_GLOBAL') return `${latin1(cursor.line())}.${latin1(cursor.line())}`
    const [module, name] = stack.popMany(2)
    if (typeof module !== 'string' || typeof name !== 'string') throw new Error('a name that is no text')
    return `${module}.${name}`
  }

  function named(name: string): KnownGlobal {
    const known = knownGlobal(name)
    if (known === undefined) throw refused(printable(name))
    return known
  }

  /** The forms in which older protocols write sets and bytes. What they make is never more than what was sent. */
  function reduce(): void {
    const args = argumentsOf(stack.pop())
    const callee = stack.pop()
    if (!(callee instanceof KnownGlobal) || args === undefined) throw refused('a call of something that is no name')
    const result = callee.make(args)
    if (result === undefined) throw refused(`${callee.name} called with other arguments than Python writes`)
    made += result.size
    if (made > bytes.byteLength) throw new Error('calls that make more than what was sent')
    stack.push(result.value)
  }

  function wantedBy(): string {
    if (opcode === 'INST') return `an object of ${printable(nameOf())}`
    if (opcode.startsWith('EXT')) return 'a name from the extension registry'
    if (opcode === 'PERSID') return `the outside object ${printable(latin1(cursor.line()))}`
    if (opcode === 'BINPERSID') return 'an outside object'
    if (opcode === 'BUILD') return 'to set the state of an object'
    if (opcode.endsWith('BUFFER')) return 'bytes from outside of the pickle'
    return 'to make an object of a class'
  }
}

function printable(name: string): string {
  return /^[\w.]{1,100}$/.test(name) ? name : JSON.stringify(name.slice(0, 100))
}
