/**
 * Python peers that stay: a task as a line of JSON in, its outcome as a line of JSON out.
 */
import type { TestContext } from 'node:test'
import type { Child } from './child.ts'
import { python } from './program.ts'

export interface Task {
  /** Endpoint. */
  readonly to: string
  /** What to send, each in a send of its own; a character is a byte. */
  readonly pieces?: readonly string[]
  /** Or so many random bytes. */
  readonly random?: number
  readonly reset?: boolean
  readonly close?: boolean
}

export interface Outcome {
  /** What came back, a character a byte. */
  readonly got?: string
  /** Of random bytes: how many came back, and whether they are those that were sent. */
  readonly length?: number
  readonly same?: boolean
  /** `fin`, or the name of Python's exception. */
  readonly how: string
}

export interface DatagramTask {
  readonly to: string
  readonly say: string
  /** Seconds to wait for an answer; 0 to expect none. */
  readonly wait: number
  readonly broadcast?: boolean
  /** Sent behind it by the same socket: the first answer tells which of the two was answered. */
  readonly behind?: string
}

export interface DatagramOutcome {
  readonly got?: string | null
  readonly error?: string
  /** The port that it was sent from. */
  readonly from?: number
}

/** A peer that answers a line with a line, in order. */
class Lines<T, A> {
  readonly #child: Child
  #asked = 0

  constructor(child: Child, t: TestContext) {
    this.#child = child
    t.after(() => child.kill())
  }

  async ask(task: T): Promise<A> {
    const index = this.#asked++
    this.#child.write(`${JSON.stringify(task)}\n`)
    return JSON.parse(await this.#child.lineAt(index)) as A
  }
}

export type Style = 'socket' | 'asyncio'

/** A client over Python's `socket`, or its `asyncio.open_connection`. */
export function pythonClient(t: TestContext, style: Style): Lines<Task, Outcome> {
  return new Lines(python('client.py', style), t)
}

/** What Python prints for a time; with `format` null that is `time.ctime`. */
export function pythonTimes(t: TestContext): Lines<{ zone: string; epoch: number; format: string | null }, string> {
  return new Lines(python('times.py'), t)
}

export function pythonDatagrams(t: TestContext): Lines<DatagramTask, DatagramOutcome> {
  return new Lines(python('datagrams.py'), t)
}

export interface TextbookTask {
  readonly do: 'sixteen' | 'streamer' | 'blocks'
  readonly to: string
  readonly bytes?: number
  /** Their sizes. */
  readonly blocks?: readonly number[]
  /** It reads the blocks that come back, and does not end its half before. */
  readonly reply?: boolean
}

/** Clients as the textbooks write them. */
export function textbook(t: TestContext): Lines<TextbookTask, { got: string; sha256: string; how: string }> {
  return new Lines(python('textbook.py'), t)
}
