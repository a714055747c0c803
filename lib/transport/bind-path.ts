/**
 * A Unix socket at a path, made so that nobody gets in who should not and nobody loses what is theirs.
 *
 * The socket is made in a directory of its own that only we can enter, listens there, gets its mode, and is then linked to
 * its path: in one step that fails where anything is. So it is never open wider than its mode, a client that sees it finds
 * it listening, and of two servers that start one gets it. What stands at the path is left alone, but for a socket at which
 * nobody listens any more: its server was killed. A directory in which others may write is refused, unless they cannot
 * remove what is ours (a sticky one, as /tmp). At the end the path is removed if it still leads to our socket.
 */
import cluster from 'node:cluster'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  unlinkSync
} from 'node:fs'
import { connect, type Server } from 'node:net'
import { dirname, join } from 'node:path'
import { ListenError } from '../errors.ts'
import { formatEndpoint } from './endpoint.ts'
import { listening } from './listening.ts'

interface Options {
  readonly backlog: number
  /** Permissions. */
  readonly mode: number
}

/** How often a path that changes under our hands is looked at. */
const tries = 5

/** @throws ListenError where the path or its directory is not fit; the system's error where that says it all */
export async function bindPath(server: Server, path: string, options: Options): Promise<{ release(): void }> {
  requireDirectory(path)
  if (cluster.isWorker) return bindShared(server, path, options)
  const folder = new PrivateFolder(dirname(path))
  try {
    await listening(server, { path: folder.at(randomBytes(8).toString('hex')), backlog: options.backlog })
    chmodSync(folder.made, options.mode)
    const own = lstatSync(folder.made)
    await claim(folder, path)
    return { release: () => removeOwn(path, own) }
  } catch (error) {
    server.close()
    throw error
  } finally {
    folder.remove()
  }
}

/**
 * In a worker of node:cluster the primary process opens the socket, at the path itself, and removes it behind the last
 * worker. From its making to the change of its mode it is as wide as the umask of the primary lets it be.
 */
async function bindShared(server: Server, path: string, { backlog, mode }: Options): Promise<{ release(): void }> {
  let why: unknown
  for (let left = tries; left > 0; left--) {
    try {
      await listening(server, { path, backlog })
      chmodSync(path, mode)
      return { release: () => {} }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    }
    const folder = new PrivateFolder(dirname(path))
    // Whoever is alive there may be another worker, and then the next try shares its socket.
    await makeWay(folder, path).catch((error: unknown) => {
      why = error
    })
    folder.remove()
  }
  throw why ?? refusal(path, 'it is in use')
}

function requireDirectory(path: string): void {
  const directory = dirname(path)
  const { mode } = statSync(directory)
  if ((mode & constants.S_IWOTH) === 0 || (mode & 0o1000) !== 0) return
  throw refusal(path, `anybody may write in ${directory} and put another socket in the place of ours`)
}

async function claim(folder: PrivateFolder, path: string): Promise<void> {
  for (let left = tries; left > 0; left--) {
    if (linked(folder.made, path)) return
    await makeWay(folder, path)
  }
  throw refusal(path, 'it is in use')
}

/** @throws ListenError where what is at the path has to stay */
async function makeWay(folder: PrivateFolder, path: string): Promise<void> {
  const found = statOf(path)
  if (found === undefined) return
  if (!found.isSocket()) throw refusal(path, 'what is there is no socket, and is left alone')
  if (await isAlive(path)) throw refusal(path, 'it is in use')
  removeStale(folder, path, found)
}

/** False where anything is there already. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(code ?? '')) throw error
  }
  // A file system without links: two that start at the same moment may both think that they are alone.
  if (statOf(to) !== undefined) return false
  renameSync(from, to)
  return true
}

/** Takes the stale socket away, and nothing else: another server may have done the same, and be there now. */
function removeStale(folder: PrivateFolder, path: string, stale: Stats): void {
  const now = statOf(path)
  if (now === undefined || !same(now, stale)) return
  const aside = folder.at('stale')
  renameSync(path, aside)
  if (!same(lstatSync(aside), stale)) linked(aside, path)
  unlinkSync(aside)
}

function removeOwn(path: string, own: Stats): void {
  const now = statOf(path)
  if (now === undefined || !same(now, own)) return
  try {
    unlinkSync(path)
  } catch {
    // It stays behind as a stale one, and whoever comes next can tell.
  }
}

function same(one: Stats, other: Stats): boolean {
  return one.ino === other.ino && one.dev === other.dev
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}

/** Whether anybody listens at a socket. One that may not be asked might be alive. */
function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    const told = (alive: boolean): void => {
      socket.destroy()
      resolve(alive)
    }
    socket.once('connect', () => told(true))
    socket.once('error', ({ code }: NodeJS.ErrnoException) => told(code !== 'ECONNREFUSED' && code !== 'ENOENT'))
  })
}

function refusal(path: string, why: string): ListenError {
  return new ListenError(formatEndpoint('unix', { path }), why)
}

/** A directory for us alone, next to where the socket is to be. Its name may be as long as it likes where there is /proc. */
class PrivateFolder {
  /** The socket in it. */
  made = ''
  readonly #path: string
  readonly #descriptor: number | undefined
  readonly #short: string

  constructor(directory: string) {
    this.#path = mkdtempSync(join(directory, '.it-serve-'))
    const links = `/proc/${process.pid}/fd`
    this.#descriptor = existsSync(links) ? openSync(this.#path, constants.O_RDONLY | constants.O_DIRECTORY) : undefined
    this.#short = this.#descriptor === undefined ? this.#path : `${links}/${this.#descriptor}`
  }

  at(name: string): string {
    const path = join(this.#short, name)
    if (this.made === '') this.made = path
    return path
  }

  remove(): void {
    rmSync(this.#path, { recursive: true, force: true })
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
  }
}
