/** What a TLS server and a TLS client are told. */
import type { PeerCertificate } from './types.ts'

/** PEM text or bytes, or where they stand: `{ file: '/etc/ssl/server.pem' }`. A file is read again when it changes. */
export type Pem = string | Uint8Array | { readonly file: string }

/** A certificate and the key that belongs to it. */
export interface KeyPair {
  /** The certificate, with those between it and its root behind it. */
  readonly cert: Pem
  /** Its private key. */
  readonly key: Pem
}

export interface TlsListenOptions extends KeyPair {
  /** Certificates between ours and its root, where `cert` does not have them. */
  readonly ca?: Pem | undefined
  /**
   * Mutual TLS: only peers with a certificate of one of these authorities are let in; nobody else reaches a handler.
   */
  readonly clientCa?: Pem | undefined
  /**
   * Lists of certificates that these authorities have revoked (RFC 5280): one of each authority on the way to a peer, roots
   * included. Where one is missing or out of date nobody of that authority is let in.
   */
  readonly clientCrl?: Pem | undefined
  /** Looks at the certificate of such a peer, and lets it in or not (synchronously). */
  readonly acceptClient?: ((certificate: PeerCertificate) => boolean) | undefined
  /** Other certificates for other names (SNI): `{ 'a.example': pair, '*.b.example': pair }`, in any case. */
  readonly names?: Readonly<Record<string, KeyPair>> | undefined
  /**
   * A peer that asks for a name not among `names`: gets the default certificate (`default`) or an alert (`reject`). One
   * that asks for none, as with an IP address, gets the default certificate.
   */
  readonly unknownName?: 'default' | 'reject' | undefined
  /** Application protocols, the preferred first. A peer that offers others only is turned away; one may offer none. */
  readonly alpn?: readonly string[] | undefined
  /** The longest that a handshake may take, its wait for a slot included (5,000 ms). */
  readonly handshakeMs?: number | undefined
  /** Handshakes at a time (100); others wait. They take no place of `maxConnections`. */
  readonly handshakes?: number | undefined
  /** How often files are looked at for a change (5,000 ms); 0: only at `reload()`. */
  readonly certificateCheckMs?: number | undefined
}

export interface TlsConnectOptions {
  /** The authorities that we trust, instead of those that Node knows. */
  readonly ca?: Pem | undefined
  /** Our own certificate, for servers that ask for one; with `key`. */
  readonly cert?: Pem | undefined
  readonly key?: Pem | undefined
  /** The name that is asked for and must stand in the server's certificate, where it is not the host of the endpoint. */
  readonly serverName?: string | undefined
  /** Application protocols that we offer, the preferred first. */
  readonly alpn?: readonly string[] | undefined
  /**
   * With TLS 1.3 a client is through with its handshake before the server has looked at its certificate. So `connect`
   * waits for a first sign of the server (mostly session tickets, one round trip), at most so long (1,000 ms; 0: not at
   * all); then `connection.tls.confirmed` is false.
   */
  readonly confirmMs?: number | undefined
}
