/**
 * The base protocol of language servers, also that of the Debug Adapter Protocol: header lines, an empty line, and so many
 * bytes of JSON. Language Server Protocol 3.17, "Base Protocol".
 *
 *   lsp()   Content-Length: 11\r\n\r\n{"ok":true}
 *
 * The length is the one header that is needed, and there must be exactly one; a charset other than UTF-8 is refused; all
 * other headers are read over, in any case of letters. The length counts bytes, not characters.
 */
import { limits } from '../../limits.ts'
import type { Codec } from '../../types.ts'
import { json } from '../json.ts'
import { length } from '../length.ts'

export interface LspOptions {
  /** The largest message in bytes, without its header (16 MiB: an editor sends a document in one piece). */
  maxBytes?: number
  /** How deep a message may be nested (512: the ranges around a cursor are nested as the syntax is). */
  maxDepth?: number
}

/**
 * Messages as JSON values, as vscode-jsonrpc reads and writes them.
 *
 * Decoding throws `FrameTooLargeError`, `UnexpectedEndError`, and `MalformedFrameError` for a header without one good
 * `Content-Length` or of more than 4 KiB and for what is no JSON; encoding throws `FrameOverLimitError`, and
 * `FrameRefusedError` for what JSON cannot say.
 *
 * @throws InvalidOptionError
 * @example pipe(editor, decode(lsp()), mapAsync(answerRequest), encode(lsp()), editor)
 */
export function lsp({ maxDepth = 512, ...options }: LspOptions = {}): Codec<unknown> {
  return json(lspBytes(options), { maxDepth })
}

/**
 * The same with the bytes of each message as they are: for a proxy, or another way to read JSON.
 *
 * @throws InvalidOptionError
 */
export function lspBytes({ maxBytes = limits.messageBytes }: { maxBytes?: number } = {}): Codec<Uint8Array> {
  return length({
    name: 'lsp',
    prefix: { end: '\r\n\r\n', read: contentLength, write: (size) => `Content-Length: ${size}` },
    maxBytes
  })
}

/** Reads the header lines. What it throws becomes a `MalformedFrameError`. */
function contentLength(header: string): number {
  let size: number | undefined
  for (const line of header.split('\r\n')) {
    const [, name] = /^([\w-]+):/.exec(line) ?? []
    if (name === undefined) throw new Error(`no header line: ${line}`)
    if (/^content-type$/i.test(name) && !isUtf8(line)) throw new Error(`a charset other than UTF-8: ${line}`)
    if (!/^content-length$/i.test(name)) continue
    const [, digits] = /:[ \t]*(\d+)[ \t]*$/.exec(line) ?? []
    if (digits === undefined) throw new Error(`no length: ${line}`)
    if (size !== undefined) throw new Error('a second Content-Length')
    size = Number(digits)
  }
  if (size === undefined) throw new Error('no Content-Length')
  return size
}

/** Without a charset it is UTF-8; `utf8` is how clients wrote it before version 3. */
function isUtf8(line: string): boolean {
  const [, charset = 'utf-8'] = /;\s*charset="?([^";\s]*)/i.exec(line) ?? []
  return /^utf-?8$/i.test(charset)
}
