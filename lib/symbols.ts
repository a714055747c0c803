/** The two marks of the core that exist at run time: "no more input wanted" and "this source can be driven". */

/** What a step's `push` answers when it wants no more input: what it put out travels on, then the stream ends. */
export const DONE: unique symbol = Symbol('it-serve.done')

/** The method by which a source pushes its batches at a receiver, see {@link Drivable} in types.ts. */
export const DRIVE: unique symbol = Symbol('it-serve.drive')
