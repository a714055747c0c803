/**
 * Rounds: all sides are started fresh each round and then take turns, a slice of a second each, beginning with another one
 * every time.
 *
 * Two equal processes differ by 12 % by address layout alone, hence the rounds; the machine has better and worse seconds,
 * hence the slices. One of a side's slices, mostly the median, stands for the round; a ratio is taken within a round, and the
 * median over the rounds is what counts. One rival runs twice: how far it is from itself says how much a ratio means.
 */

export interface Figure {
  readonly value: number
  /** The same per second of processor time of the measured process: for it, it does not matter who else was busy. */
  readonly perCpu?: number
  /** The share of a core that the client used: near 1, the client is what is measured. */
  readonly client?: number
}

export interface Side {
  readonly name: string
  begin(): Promise<Turns>
}

/** One side in one round. */
export interface Turns {
  warm(): Promise<unknown>
  slice(): Promise<Figure>
  end(): Promise<void>
}

/** What one of our sides is to reach against the better of some rivals: at least so much of it, or at most. */
export interface Claim {
  readonly title: string
  readonly ours: string
  readonly rivals: readonly string[]
  readonly least?: number
  readonly most?: number
}

export interface Contest {
  readonly title: string
  readonly unit: string
  readonly sides: readonly Side[]
  /** The name of the side that runs twice. */
  readonly control: string
  readonly claims: readonly Claim[]
  /** Slices of each side in a round, and which of them stands for it: the median, if nothing is said. */
  readonly slices: number
  readonly pick?: keyof Spread
}

export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
}

/** For each side one figure a round. */
export type Figures = ReadonlyMap<string, readonly Figure[]>

/** The name under which the second run of the control is kept. */
export const twin = (name: string) => `${name} again`

export async function run(contest: Contest, rounds: number, note: (text: string) => void): Promise<Figures> {
  const control = contest.sides.find((side) => side.name === contest.control)
  if (control === undefined) throw new Error(`${contest.title}: no side is called ${contest.control}`)
  const sides = [...contest.sides, { name: twin(control.name), begin: () => control.begin() }]
  const figures = new Map<string, Figure[]>(sides.map((side) => [side.name, []]))
  for (let round = 0; round < rounds; round++) {
    const slices = await play(sides, contest.slices, round)
    for (const [index, { name }] of sides.entries())
      figures.get(name)!.push(typical(slices[index]!, contest.pick ?? 'median'))
    const line = sides.map(({ name }) => `${name} ${figures.get(name)!.at(-1)!.value.toPrecision(3)}`).join(', ')
    note(`${contest.title}, round ${round + 1} of ${rounds}: ${line} ${contest.unit}`)
  }
  return figures
}

async function play(sides: readonly Side[], count: number, round: number): Promise<Figure[][]> {
  const turns = await Promise.all(sides.map((side) => side.begin()))
  for (const turn of turns) await turn.warm()
  const slices: Figure[][] = sides.map(() => [])
  for (let slice = 0; slice < count; slice++) {
    for (let step = 0; step < sides.length; step++) {
      const index = (round + slice + step) % sides.length
      slices[index]!.push(await turns[index]!.slice())
    }
  }
  await Promise.all(turns.map((turn) => turn.end()))
  return slices
}

function typical(slices: readonly Figure[], pick: keyof Spread): Figure {
  const of = (measure: Measure) => spread(slices.map((slice) => slice[measure] ?? NaN))[pick]
  return { value: of('value'), perCpu: of('perCpu'), client: of('client') }
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  const median = (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2
  return { median, least: sorted[0]!, most: sorted.at(-1)! }
}

type Measure = 'value' | 'perCpu' | 'client'

export function median(figures: Figures, side: string, of: Measure = 'value'): number {
  return spread(figures.get(side)!.map((figure) => figure[of] ?? NaN)).median
}

/** How many times `rival` a side was, round by round. */
export function ratio(figures: Figures, side: string, rival: string, of: Measure = 'value'): Spread {
  const below = figures.get(rival)!
  return spread(figures.get(side)!.map((figure, round) => (figure[of] ?? NaN) / (below[round]![of] ?? NaN)))
}

/** The rival to beat: chosen once, by the medians, since the best of several noisy figures is a lucky one. */
export function better(figures: Figures, claim: Claim): string {
  const sorted = claim.rivals.toSorted((a, b) => median(figures, b) - median(figures, a))
  return (claim.most === undefined ? sorted[0] : sorted.at(-1))!
}
