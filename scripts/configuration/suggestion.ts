import { closestMatch } from 'leven'

/** Behind a name that nobody knows: the one that was probably meant. @example suggestion('idelMs', ['idleMs']) */
export function suggestion(name: string, known: readonly string[]): string {
  const meant = closestMatch(name, known as string[], { maxDistance: Math.max(2, Math.floor(name.length / 4)) })
  return meant === undefined ? '' : `, did you mean ${meant}?`
}
