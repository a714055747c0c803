import { DeadlineError } from '../errors.ts'
import type { Connection, Login } from '../types.ts'

/** Runs a login on a new connection; where it fails or takes too long, the connection is cut. */
export async function logIn(connection: Connection, login: Login, ms: number): Promise<Connection> {
  const timer = setTimeout(() => connection.abort(new DeadlineError('no login', ms)), ms)
  try {
    return await login(connection)
  } catch (error) {
    connection.abort(error)
    throw error
  } finally {
    clearTimeout(timer)
  }
}
