/** One run of a row: starts the server under attack, hostile clients and the bystander, notes figures, asserts G1 to G4. */
import { type BystanderPlan, type BystanderReport, file as bystanderFile } from './bystander.ts'
import { Figures } from './figures.ts'
import { type CrowdPlan, Hostile } from './hostile.ts'
import { Remote } from './remote.ts'
import { type Inspection, Victim, type VictimOptions } from './victim.ts'

/** Shared by all rows of a run: the plain echo, and the process in which well-behaved clients live. */
export interface Surroundings {
  readonly control: Remote
  readonly controlEndpoint: string
  readonly bystanders: Remote
}

export async function surroundings(): Promise<Surroundings> {
  const control = new Remote('the plain echo', new URL('control-process.ts', import.meta.url))
  const bystanders = new Remote('the bystander', bystanderFile)
  return { control, bystanders, controlEndpoint: await control.ask<string>('endpoint') }
}

export interface VictimExtras {
  /** Flags for its Node, as in `--max-old-space-size=64`. */
  readonly flags?: readonly string[]
  /** What a row allows to differ from G1 to G4, each with its reason beside it in the row. */
  readonly mostP99Ms?: number
  /** The loop may be held up for so long: the row does it on purpose. */
  readonly mostLoopMs?: number
  /** Bytes of the heap that may stay (5 MB): caches that the row fills on purpose. */
  readonly heapGrowthBytes?: number
  /** What the server counts as bytes of a connection is not what was on the line. */
  readonly otherBytes?: true
  /** A command in front of its Node, as in `['ip', 'netns', 'exec', 'name']`. */
  readonly wrapper?: readonly string[]
  /** The row stops or kills the server itself: the framework looks at nothing afterwards. */
  readonly endsItself?: true
}

interface Attacked {
  readonly victim: Victim
  readonly before: Inspection
  readonly bystander: number | undefined
  readonly extras: VictimExtras
}

export class Attack extends Figures {
  readonly seed: number
  /** The full form. */
  readonly full: boolean
  readonly #around: Surroundings
  readonly #attacked: Attacked[] = []
  readonly #victims: Victim[] = []
  readonly #hostiles: Hostile[] = []
  readonly #cleanups: (() => void | Promise<void>)[] = []
  #state: number
  /** What the bystander saw, once it is over. */
  bystander: BystanderReport | undefined

  constructor(around: Surroundings, seed: number, full: boolean, excuses?: Readonly<Record<string, string>>) {
    super(excuses)
    this.#around = around
    this.seed = seed
    this.#state = seed
    this.full = full
  }

  /** The plain echo, for a row that measures itself. */
  get controlEndpoint(): string {
    return this.#around.controlEndpoint
  }

  /** From 0 up to 1, by the seed. */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /**
   * Starts a server, lets the well-behaved client talk to it for a moment, and begins to count.
   *
   * @param subject a file of subjects/, without its ending
   * @param bystander what differs from an echo of lines; `false` for none
   */
  async victim(
    subject: string,
    options: VictimOptions = {},
    bystander: Partial<BystanderPlan> | false = {},
    extras: VictimExtras = {}
  ): Promise<Victim> {
    const victim = new Victim(subject, options, extras.flags, extras.wrapper)
    this.#victims.push(victim)
    await victim.started()
    const plan = { to: victim.endpoint, control: this.controlEndpoint, ...bystander }
    if (bystander !== false) {
      const warmUp = await this.#around.bystanders.ask<number>('start', {
        ...plan,
        everyMs: 2,
        ...(plan.freshMs !== 0 && { freshMs: 20 })
      })
      await rest(300)
      const { errors } = await this.#around.bystanders.ask<BystanderReport>('stop', warmUp)
      if (errors.length > 0) throw new Error(`the bystander, before any attack: ${errors[0]}`)
      await victim.until(({ open }) => open === 0, 'the bystander has left')
    }
    const before = await victim.ask<Inspection>('begin')
    const running = bystander === false ? undefined : await this.#around.bystanders.ask<number>('start', plan)
    this.#attacked.push({ victim, before, bystander: running, extras })
    if (running !== undefined) {
      victim.quietly = async (measure) => {
        await this.#around.bystanders.ask('pause', running)
        try {
          return await measure()
        } finally {
          await this.#around.bystanders.ask('resume', running)
        }
      }
    }
    return victim
  }

  /** What a victim was like before the attack. */
  before(victim: Victim): Inspection {
    const found = this.#attacked.find((one) => one.victim === victim)
    if (found === undefined) throw new Error('no such victim')
    return found.before
  }

  /**
   * A deadline: what was to take `wantedMs` did, within 10 %, and was seen 50 ms later at most, or three times the
   * worst delay of the plain echo.
   *
   * @param least the shortest of what was seen, where that may not be early by as much: `wantedMs` at least, say
   */
  async onTime(name: string, ms: readonly number[], wantedMs: number, least = wantedMs * 0.9): Promise<void> {
    const most = wantedMs * 1.1 + Math.max(50, 3 * (await this.worst()))
    this.atLeast(`${name}, earliest`, ms.length === 0 ? 0 : Math.min(...ms), Math.min(least, wantedMs - 50), 'ms')
    this.atMost(`${name}, latest`, ms.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...ms), Math.round(most), 'ms')
  }

  /** The longest delay of the plain echo beside the last victim so far, in ms. */
  async worst(): Promise<number> {
    const id = this.#attacked.at(-1)?.bystander
    return id === undefined ? 0 : this.#around.bystanders.ask<number>('worst', id)
  }

  /** How long the event loop of an idle process was held up at most, in ms: for rows without a well-behaved client. */
  async plainMs(): Promise<number> {
    return (await this.#around.bystanders.ask<BystanderReport['loop']>('loop')).mostMs
  }

  /** Many hostile clients at a time, see `CrowdPlan`. */
  crowd(plan: CrowdPlan): Hostile {
    return this.python('crowd.py', { seed: this.seed, ...plan })
  }

  /** A program of python/, which gets the plan as its first line. */
  python(name: string, plan: unknown, wrapper: readonly string[] = []): Hostile {
    const hostile = new Hostile(name, plan, wrapper)
    this.#hostiles.push(hostile)
    return hostile
  }

  /** Is done when the row is over, whatever becomes of it. */
  after(cleanup: () => void | Promise<void>): void {
    this.#cleanups.push(cleanup)
  }

  /** Ends the well-behaved client of a victim and the victim itself, and asserts G1 to G4. */
  async finish(): Promise<void> {
    for (const hostile of this.#hostiles) await hostile.kill()
    for (const attacked of this.#attacked.splice(0)) await this.#judge(attacked)
  }

  async #judge({ victim, before, bystander, extras }: Attacked): Promise<void> {
    const report =
      bystander === undefined
        ? undefined
        : await this.#around.bystanders.ask<BystanderReport>('stop', bystander).catch((error: unknown) => {
            throw new Error(`the bystander: ${String(error)}`)
          })
    this.bystander = report ?? this.bystander
    if (extras.endsItself) return
    this.holds('G1 process alive', victim.isRunning, victim.how)
    if (!victim.isRunning) return
    const rests = await victim
      .until(({ open }) => open === 0, 'no connection is left')
      .then(
        () => '',
        (error: Error) => error.message
      )
    this.holds('G4 no connection left', rests === '', rests)
    const after = await settled(victim, before)
    this.exactly('G1 escaped errors', after.escaped.length, 0)
    if (after.escaped.length > 0) this.figure('escaped', String(after.escaped[0]))
    const { wrong } = after.books
    this.holds('G2 books balance', wrong.length === 0, wrong[0])
    if (report !== undefined)
      this.#judgeBystander(report, after, extras, extras.otherBytes ?? victim.endpoint.startsWith('tls:'))
    const control =
      (report ?? this.bystander)?.loop ?? (await this.#around.bystanders.ask<BystanderReport['loop']>('loop'))
    this.soonEnough('G4 loop p99', after.loop.p99Ms, Math.max(30, extras.mostLoopMs ?? 0), control.p99Ms)
    this.soonEnough('G4 loop max', after.loop.mostMs, Math.max(150, extras.mostLoopMs ?? 0), control.mostMs)
    this.exactly('G4 descriptors left', Math.max(0, after.files - before.files), 0)
    this.exactly('G4 sockets and timers left', counted(left(before, after)), 'none')
    const mostHeap = (extras.heapGrowthBytes ?? 5e6) / 1e6
    this.atMost('G4 heap growth', (after.heapUsed - before.heapUsed) / 1e6, mostHeap, 'MB')
    await victim.ask('stop', 1_000)
    const how = await victim.leave().catch((error: Error) => error.message)
    this.exactly('G1 exit', how, '0')
  }

  #judgeBystander(
    report: BystanderReport,
    after: Inspection,
    { mostP99Ms = 50 }: VictimExtras,
    overTls: boolean
  ): void {
    this.exactly('G3 errors', report.errors.length, 0)
    if (report.errors.length > 0) this.figure('bystander', String(report.errors[0]))
    this.atLeast('G3 exchanges', report.delays.count, 1)
    this.soonEnough('G3 p99', report.delays.p99Ms, mostP99Ms, report.control.p99Ms)
    this.figure('plain echo p99', report.control.p99Ms, 'ms')
    if (report.sent === after.bystander.taken && report.received === after.bystander.given) return
    // A Unix socket and datagrams have no such address, and with TLS other bytes are on the line.
    if (after.bystander.connections === 0 || overTls) return
    const client = `${report.sent} sent and ${report.received} received`
    this.holds('G2 bytes', false, `${client}, the server ${JSON.stringify(after.bystander)}`)
  }

  /** Leaves nothing running. */
  async clean(): Promise<void> {
    for (const hostile of this.#hostiles) await hostile.kill()
    for (const victim of this.#victims) if (victim.isRunning) await victim.kill()
    for (const cleanup of this.#cleanups.reverse()) await cleanup()
  }
}

/** What closes a moment after the last connection (sockets in their last turn) is given that moment. */
async function settled(victim: Victim, before: Inspection): Promise<Inspection> {
  const deadline = performance.now() + 3_000
  for (;;) {
    const after = await victim.inspect()
    const through = after.files <= before.files && left(before, after).length === 0
    if (through || performance.now() > deadline) return after
    await rest(100)
  }
}

/** As in `TCPSocketWrap 3, Timeout 1`. */
function counted(resources: readonly string[]): string {
  const kinds = [...new Set(resources)].map((kind) => `${kind} ${resources.filter((one) => one === kind).length}`)
  return kinds.join(', ') || 'none'
}

/** Resources of the event loop that were not there before. */
function left(before: Inspection, after: Inspection): string[] {
  const rests = [...after.resources]
  for (const resource of before.resources) {
    const at = rests.indexOf(resource)
    if (at >= 0) rests.splice(at, 1)
  }
  return rests.filter((resource) => /Wrap|Timeout|Socket|Immediate/.test(resource))
}

export function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
