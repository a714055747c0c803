/**
 * What a TLS server sent in its handshake, as it stands on the wire: Node tells neither which certificates came nor
 * whether one of ours was asked for.
 *
 * Up to TLS 1.2 both stand there in clear (RFC 5246, 7.4). In TLS 1.3 they are encrypted with a key that the client has,
 * and that Node gives out for debugging (RFC 8446, 5.2 and 7.3).
 */
import { type CipherGCMTypes, createDecipheriv, createHmac } from 'node:crypto'

export interface HandshakeRecord {
  /** Of the protocol, as the server chose it: 0x0303 is TLS 1.2; 0 where it did not come so far. */
  readonly version: number
  /** The certificates that the server sent, its own first, as DER. */
  readonly certificates: readonly Uint8Array[]
  /** It asked for ours. */
  readonly asksClient: boolean
}

const record = { changeCipherSpec: 20, handshake: 22, encrypted: 23 }
const message = { serverHello: 2, certificate: 11, certificateRequest: 13, finished: 20 }
const supportedVersions = 43
const tls13 = 0x0304

/** Of TLS 1.3: what encrypts and hashes, by the number of the cipher suite. */
const suites: Readonly<
  Record<number, { cipher: CipherGCMTypes | 'chacha20-poly1305'; keyBytes: number; hash: string }>
> = {
  4865: { cipher: 'aes-128-gcm', keyBytes: 16, hash: 'sha256' },
  4866: { cipher: 'aes-256-gcm', keyBytes: 32, hash: 'sha384' },
  4867: { cipher: 'chacha20-poly1305', keyBytes: 32, hash: 'sha256' }
}

/**
 * Reads as much as is there: a handshake that was broken off is told as far as it went.
 *
 * @param sent the first bytes of the server
 * @param secret its handshake secret of TLS 1.3 (`SERVER_HANDSHAKE_TRAFFIC_SECRET`), where Node told one
 */
export function readHandshake(sent: Buffer, secret: Buffer | undefined): HandshakeRecord {
  const seen: Seen = { version: 0, certificates: [], asksClient: false }
  try {
    follow(sent, secret, seen)
  } catch (error) {
    // A field that reaches beyond its message: who sends that is followed no further.
    if (!(error instanceof RangeError)) throw error
  }
  return seen
}

interface Seen extends HandshakeRecord {
  version: number
  readonly certificates: Uint8Array[]
  asksClient: boolean
}

function follow(sent: Buffer, secret: Buffer | undefined, seen: Seen): void {
  let open: ((header: Buffer, body: Buffer) => Buffer | undefined) | undefined
  let unread = Buffer.alloc(0)
  for (let at = 0; at + 5 <= sent.length; ) {
    const header = sent.subarray(at, at + 5)
    const body = sent.subarray(at + 5, at + 5 + header.readUInt16BE(3))
    at += 5 + header.readUInt16BE(3)
    const type = header[0]
    if (type === record.changeCipherSpec && seen.version !== tls13) break
    const plain = type === record.encrypted ? open?.(header, body) : type === record.handshake ? body : undefined
    if (type === record.encrypted && plain === undefined) break
    if (plain === undefined) continue
    unread = Buffer.concat([unread, plain])
    while (unread.length >= 4 && unread.length >= 4 + unread.readUIntBE(1, 3)) {
      const kind = unread[0]
      const content = unread.subarray(4, 4 + unread.readUIntBE(1, 3))
      unread = unread.subarray(4 + content.length)
      if (kind === message.serverHello) {
        const hello = readServerHello(content)
        seen.version = hello.version
        open = secret === undefined ? undefined : opener(hello.suite, secret)
      } else if (kind === message.certificate)
        seen.certificates.push(...readCertificates(content, seen.version === tls13))
      else if (kind === message.certificateRequest) seen.asksClient = true
      else if (kind === message.finished) return
    }
  }
}

function readServerHello(hello: Buffer): { version: number; suite: number } {
  let at = 34
  at += 1 + (hello[at] ?? 0)
  const suite = hello.readUInt16BE(at)
  let version = hello.readUInt16BE(0)
  for (at += 5; at + 4 <= hello.length; at += 4 + hello.readUInt16BE(at + 2)) {
    if (hello.readUInt16BE(at) === supportedVersions) version = hello.readUInt16BE(at + 4)
  }
  return { version, suite }
}

/** A list of certificates; in TLS 1.3 a context stands in front, and extensions behind each. */
function readCertificates(content: Buffer, modern: boolean): Uint8Array[] {
  const certificates: Uint8Array[] = []
  let at = modern ? 1 + (content[0] ?? 0) : 0
  for (at += 3; at + 3 <= content.length; ) {
    const length = content.readUIntBE(at, 3)
    certificates.push(content.subarray(at + 3, at + 3 + length))
    at += 3 + length
    if (modern) at += 2 + content.readUInt16BE(at)
  }
  return certificates
}

/** Opens one encrypted record after the other; undefined where it is not ours to open. */
function opener(
  suiteNumber: number,
  secret: Buffer
): ((header: Buffer, body: Buffer) => Buffer | undefined) | undefined {
  const suite = suites[suiteNumber]
  if (suite === undefined) return undefined
  const derived = (label: string, length: number): Buffer => {
    const name = Buffer.from(`tls13 ${label}`)
    const info = Buffer.concat([Buffer.from([0, length, name.length]), name, Buffer.from([0])])
    return expand(suite.hash, secret, info, length)
  }
  const key = derived('key', suite.keyBytes)
  const iv = derived('iv', 12)
  let sequence = 0
  return (header, body) => {
    const nonce = Buffer.from(iv)
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ sequence++) >>> 0, 8)
    // In the types ChaCha20 is another kind of cipher; it is used in the same way.
    const decipher = createDecipheriv(suite.cipher as CipherGCMTypes, key, nonce)
    decipher.setAAD(header)
    try {
      decipher.setAuthTag(body.subarray(-16))
      const padded = Buffer.concat([decipher.update(body.subarray(0, -16)), decipher.final()])
      let end = padded.length - 1
      while (end > 0 && padded[end] === 0) end--
      return padded[end] === record.handshake ? padded.subarray(0, end) : Buffer.alloc(0)
    } catch {
      return undefined
    }
  }
}

/** HKDF-Expand (RFC 5869); Node has only the whole of HKDF, extraction included. */
function expand(hash: string, secret: Buffer, info: Buffer, length: number): Buffer {
  return createHmac(hash, secret).update(info).update(Buffer.of(1)).digest().subarray(0, length)
}
