/**
 * What we use of the npm package `strftime` 0.10, which has no types. It reads nothing of a date but these methods, so
 * that a date whose `getHours` and so on answer for another zone is printed in that zone.
 */
declare module 'strftime' {
  function strftime(format: string, date: Date): string
  export = strftime
}
