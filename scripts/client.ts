/** `it-serve client NAME [ENDPOINT] [MESSAGE...]`: runs one client; without a message it reads standard input. */
import { Command } from 'commander'
import { type Client, defaultsOf, isEndpoint, stdio } from '../lib/index.ts'
import { type AuthFlags, addAuthFlags, clientLogin } from './auth-flags.ts'
import { addConfigFlags, printConfig } from './configuration/config-flags.ts'
import { interactive } from './interactive.ts'
import { addFlags, readFlags } from './option-flags.ts'
import { clientTls, type TlsFlags, withFlagNames } from './tls-flags.ts'

// biome-ignore lint/suspicious/noExplicitAny: each client has options of its own type, told by its own table
export function clientCommand(client: Client<any>): Command {
  const command = new Command(client.name)
    .description(client.summary)
    .argument('[endpoint]', `where the server is (${client.endpoint})`)
    .argument('[message...]', 'what to send; without one standard input is read')
  addFlags(command, client.options)
  addConfigFlags(command)
    .optionsGroup('TLS:')
    .option('--tls-ca <FILE>', 'authorities to trust at a tls:// endpoint, instead of those that Node knows')
    .option('--tls-cert <FILE>', 'our own certificate, for servers that ask for one')
    .option('--tls-key <FILE>', 'its private key')
    .option('--tls-server-name <NAME>', "the name in the server's certificate, where it is not the host")
  addAuthFlags(command.optionsGroup('Login:'))
  return command.action(
    async (first: string | undefined, rest: string[], given: Record<string, unknown> & AuthFlags & TlsFlags) => {
      const named = first !== undefined && isEndpoint(first)
      const words = first === undefined || named ? rest : [first, ...rest]
      const endpoint = named ? first : client.endpoint
      const options = { ...defaultsOf(client.options), ...readFlags(client.options, given) }
      if (printConfig(command)) return
      const stop = new AbortController()
      const interrupted = (): void => stop.abort(new Error('interrupted'))
      process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
      const gone = (error: unknown): never => {
        stop.abort(error)
        throw error
      }
      const typing = client.interactive === true && words.length === 0 && process.stdin.isTTY && process.stdout.isTTY
      const user = typing
        ? interactive(interrupted)
        : {
            input: stdio().source,
            print: (output: string | Uint8Array) => print(process.stdout, output),
            close: () => {}
          }
      try {
        const running = client.run({
          endpoint,
          tls: clientTls(given),
          login: clientLogin(given, endpoint),
          message: words.length === 0 ? undefined : words.join(' '),
          options,
          input: user.input,
          print: (output) => user.print(output).catch(gone),
          printError: (output) => print(process.stderr, output).catch(gone),
          signal: stop.signal
        })
        await withFlagNames(running)
      } finally {
        process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
        user.close()
        process.stdin.destroy()
      }
    }
  )
}

/** Resolves when the output has room again; a reader that went away (a pager that was quit) ends the client quietly. */
function print(to: NodeJS.WriteStream, output: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    to.write(typeof output === 'string' ? `${output}\n` : output, (error) => {
      if (error == null) resolve()
      else reject(error)
    })
  })
}
