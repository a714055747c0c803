/** What is asked and answered in the zen rows. Client and rivals share it; our server has its own table. */

export const known: ReadonlyMap<string, string> = new Map([
  ['Beautiful is better than?', 'Ugly.'],
  ['Explicit is better than?', 'Implicit.'],
  ['Simple is better than?', 'Complex.']
])

export const unknown = 'Error: unknown aphorism.'

/** A question longer than this closes the connection. */
export const maxQuestionBytes = 1024

/** Questions nobody has an answer to, as long as those somebody has. */
export const strange: readonly string[] = [
  'Complex is better than?',
  'Flat is better than?',
  'Sparse is better than?',
  'What does readability do?',
  'What beats purity?',
  'How should errors never pass?',
  'When is now better than?'
]
