/**
 * Makes a source of items: everything a plain iterable has becomes one batch, each item of an async iterable a batch.
 *
 * @example pipe(batched(['Simple is better than?']), encode(question), peer)
 */
export async function* batched<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T[], void, undefined> {
  if (Symbol.asyncIterator in items) {
    for await (const item of items) yield [item]
    return
  }
  const batch = [...items]
  if (batch.length > 0) yield batch
}
