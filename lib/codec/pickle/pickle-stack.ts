/** What a pickle works with: a stack, marks in it, and a memo of what was made before. Every use of it counts. */
import type { KnownGlobal } from './known-globals.ts'
import type { PlainValue } from './values.ts'

/** A name that stands for something to call is on the stack only, never in a value: `measure` finds it there. */
export type StackItem = PlainValue | KnownGlobal

export class PickleStack {
  #items: StackItem[] = []
  readonly #marks: number[] = []
  readonly #memo = new Map<number, StackItem>()
  readonly #maxSteps: number
  #steps = 0

  constructor(maxSteps: number) {
    this.#maxSteps = maxSteps
  }

  /** What is left at the end: one value, and no mark. */
  only(): StackItem {
    if (this.#items.length !== 1 || this.#marks.length > 0) throw new Error('it ends with other than one value')
    return this.#items[0] as StackItem
  }

  push(item: StackItem): void {
    this.#step()
    this.#items.push(item)
  }

  /** The uppermost item above the last mark. */
  top(): StackItem {
    if (this.#items.length <= (this.#marks.at(-1) ?? 0)) throw new Error('an opcode that finds the stack empty')
    return this.#items.at(-1) as StackItem
  }

  pop(): StackItem {
    const item = this.top()
    this.#items.length--
    return item
  }

  /** Several, in the order in which they came. */
  popMany(count: number): StackItem[] {
    if (this.#items.length - count < (this.#marks.at(-1) ?? 0)) throw new Error('an opcode that finds the stack empty')
    return this.#items.splice(this.#items.length - count)
  }

  mark(): void {
    this.#step()
    this.#marks.push(this.#items.length)
  }

  /** Everything above the last mark, and the mark. */
  popToMark(): StackItem[] {
    const mark = this.#marks.pop()
    if (mark === undefined) throw new Error('an opcode that finds no mark')
    return this.#items.splice(mark)
  }

  /** As Python has it: what is popped may be the mark itself. */
  drop(): void {
    if (this.#marks.at(-1) === this.#items.length) this.#marks.pop()
    else this.pop()
  }

  put(index: number): void {
    this.#step()
    this.#memo.set(index, this.top())
  }

  memoize(): void {
    this.put(this.#memo.size)
  }

  get(index: number): void {
    const item = this.#memo.get(index)
    if (item === undefined) throw new Error(`memo ${index}, which was never put`)
    this.push(item)
  }

  #step(): void {
    if (++this.#steps > this.#maxSteps) throw new Error(`more than ${this.#maxSteps} steps`)
  }
}
