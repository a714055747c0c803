/** Any server as it is shipped, by its name behind the question mark: `shipped?zen`. */
import type { Server } from '../../../lib/index.ts'
import type { Subject } from '../framework/subject.ts'

const name = new URL(import.meta.url).search.slice(1)
const file = name === 'talk' || name === 'chat' ? `${name}/${name}` : name
const servers = (await import(`../../../servers/${file}.ts`)) as Record<string, Server<object>>
const server = servers[name]
if (server === undefined) throw new Error(`no server ${name}`)

export const subject: Subject = { server }
