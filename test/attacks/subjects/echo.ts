import { echo } from '../../../servers/echo.ts'
import type { Subject } from '../framework/subject.ts'

/** The echo as it is shipped. */
export const subject: Subject = { server: echo }
