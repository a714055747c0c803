import { chat } from '../../../servers/chat/chat.ts'
import type { Subject } from '../framework/subject.ts'

/** The chat as it is shipped. */
export const subject: Subject = { server: chat as Subject['server'] }
