/** What a row measured, and which of it are gates. */

export interface Figure {
  readonly name: string
  readonly value: number | string
  readonly unit: string
  /** The gate as text; empty where it is measured only. */
  readonly gate: string
  readonly met: boolean
  /** Why it cannot be met. */
  readonly excuse?: string
}

/** Time gates are no shorter than this, and wider where the machine itself is slow, in ms. */
const leastMs = 20
const timesControl = 3

export class Figures {
  readonly all: Figure[] = []
  readonly #excuses: Readonly<Record<string, string>>

  /** @param excuses gates that cannot be met */
  constructor(excuses: Readonly<Record<string, string>> = {}) {
    this.#excuses = excuses
  }

  /** Measured, and no gate. */
  figure(name: string, value: number | string, unit = ''): void {
    this.all.push({ name, value: rounded(value), unit, gate: '', met: true })
  }

  atMost(name: string, value: number, most: number, unit = ''): void {
    this.#gate(name, value, unit, `≤ ${rounded(most)}`, value <= most)
  }

  atLeast(name: string, value: number, least: number, unit = ''): void {
    this.#gate(name, value, unit, `≥ ${rounded(least)}`, value >= least)
  }

  /** Within a share of what is wanted, or within so much of it, whichever is more. */
  about(name: string, value: number, wanted: number, share: number, slack: number, unit = ''): void {
    const most = Math.max(wanted * share, slack)
    this.#gate(name, value, unit, `${wanted} ± ${rounded(most)}`, Math.abs(value - wanted) <= most)
  }

  exactly(name: string, value: number | string, wanted: number | string, unit = ''): void {
    this.#gate(name, value, unit, `= ${wanted}`, value === wanted)
  }

  /** @param detail what was seen, where it does not hold */
  holds(name: string, met: boolean, detail = ''): void {
    this.#gate(name, met ? 'yes' : `no${detail === '' ? '' : `: ${detail.slice(0, 300)}`}`, '', 'yes', met)
  }

  /**
   * A time gate.
   *
   * @param control what the plain echo needed in the same seconds, in ms
   */
  soonEnough(name: string, ms: number, mostMs: number, control = 0): void {
    const most = Math.max(mostMs, leastMs, timesControl * control)
    const gate = `≤ ${rounded(most)}${most > mostMs ? ` (${mostMs}; plain echo ${rounded(control)})` : ''}`
    this.#gate(name, ms, 'ms', gate, ms <= most)
  }

  /** The gates that were to be met and are not. */
  get failures(): Figure[] {
    return this.all.filter(({ met, excuse }) => !met && excuse === undefined)
  }

  #gate(name: string, value: number | string, unit: string, gate: string, met: boolean): void {
    const excuse = this.#excuses[name]
    this.all.push({ name, value: rounded(value), unit, gate, met, ...(met || excuse === undefined ? {} : { excuse }) })
  }
}

function rounded(value: number | string): number | string {
  if (typeof value === 'string' || Number.isInteger(value)) return value
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))
}

/** As in `RSS growth 12.3 MB (≤ 200)`. */
export function told({ name, value, unit, gate, met, excuse }: Figure): string {
  const bound = gate === '' ? '' : ` (${gate})`
  const verdict = met ? '' : excuse === undefined ? ' NOT MET' : ` not met: ${excuse}`
  return `${name} ${value}${unit === '' ? '' : ` ${unit}`}${bound}${verdict}`
}
