/** Our chat, without the pace that it asks of people. */
import { serve } from '../../../lib/index.ts'
import { chat } from '../../../servers/chat/chat.ts'
import { announce } from './serving.ts'

const service = await serve(chat, { listen: 'tcp://127.0.0.1:0', options: { linesPerSecond: 1_000_000 } })
announce(new URL(service.endpoints[0]!).port)
