/**
 * The attack suite: what a row is, and how to add one.
 *
 *   npm run test:attacks                  the quick form of all rows, within 10 minutes of 2 cores
 *   npm run test:attacks -- A1 C          rows A1, and all of C
 *   npm run test:deep                     the full form
 *   npm run report:reliability            what the last runs measured, as a table
 *
 * A row is a file in rows/ that exports `row`. Its `run` gets an {@link Attack} and one of its two counts:
 *
 *   export const row: Row<{ clients: number }> = {
 *     id: 'A4',
 *     title: 'clients that end their half and vanish, in front of a handler that never returns',
 *     gate: 'no connection open one second after the linger time',
 *     quick: { clients: 200 },
 *     full: { clients: 1000 },
 *     async run(attack, { clients }) {
 *       const victim = await attack.victim('modes', { limits: { lingerMs: 1000 } }, { greeting: 'e' })
 *       const crowd = attack.crowd({ to: victim.endpoint, count: clients, steps: [{ do: 'send', text: 's' }, { do: 'fin' }] })
 *       ...
 *       attack.exactly('closed in time', closed, clients)
 *     }
 *   }
 *
 * The rules that the framework keeps:
 * - The server under attack (`attack.victim`) is a file of subjects/ in a process of its own that is asked over IPC: its
 *   books, its memory after two forced collections, the delay of its event loop, its descriptors. A subject has commands
 *   of its own where a row needs them.
 * - Hostile clients are in another process: python/crowd.py does what most rows need, see `CrowdPlan`; a row may bring a
 *   Python program of its own (`attack.python`), which prints JSON lines.
 * - A well-behaved client (the bystander) runs from the start of the attack to its end, and beside it the same client at a
 *   plain `net` echo, which calibrates all times: allowed is what the gate says or, if the machine itself is slow, three
 *   times what the plain echo needed in the same seconds; never less than 20 ms.
 * - When `run` is through, the framework asserts G1 to G4 of every victim: nothing escaped, the books balance, the
 *   bystander saw no error and no delay, nothing is left behind. So `run` ends its hostile clients first.
 *
 * A row that is tests of the project with other counts is declared by `provenBy` (framework/proven-by.ts); one that needs our
 * command line starts it with framework/command-line.ts, another program with framework/output-of.ts. Mutated bytes and what
 * honest clients of every server say are in fuzz/.
 *
 * A gate is a call of `attack.atMost`, `atLeast`, `exactly`, `holds`, `soonEnough` or `onTime`: each notes the figure for the report,
 * and what is not met fails the row when it is over, with all figures measured. A gate that cannot be met stands in `unmet`
 * with the reason: it is measured and reported as not met, and does not fail. Nothing is random but from `attack.random`.
 */
import type { Attack } from './attack.ts'

export interface Row<Count = object> {
  /** As in the matrix. */
  readonly id: string
  readonly title: string
  /** What has to hold, for the report. */
  readonly gate: string
  /** The figures that decide, two or three, for the table (the first gates of its own). */
  readonly shows?: readonly string[]
  readonly quick: Count
  readonly full: Count
  /** Programs without which it is skipped, with that as the reason. */
  readonly needs?: readonly string[]
  /** It needs the rights of root (namespaces, rules of the kernel's firewall). */
  readonly root?: true
  /** Why there is no quick form of it. */
  readonly fullOnly?: string
  /** Why it does not run yet. */
  readonly waits?: string
  /** Gates that cannot be met, by the name of the figure, and why. */
  readonly unmet?: Readonly<Record<string, string>>
  /** Longer than this it may not take, in ms (60,000 in the quick form, 15 minutes in the full one). */
  readonly patienceMs?: number
  run?(attack: Attack, count: Count): Promise<void>
}
