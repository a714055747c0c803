import type { Server } from '../../../lib/index.ts'
import { zen } from '../../../servers/zen.ts'
import type { Subject } from '../framework/subject.ts'

/** The zen server as it is shipped. */
export const subject: Subject = { server: zen as unknown as Server<object> }
