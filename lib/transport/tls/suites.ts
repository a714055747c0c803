/**
 * What our TLS speaks: 1.2 and 1.3; ephemeral keys and authenticated encryption only; nothing renegotiated.
 *
 * OpenSSL's own list has CBC with SHA-1 and 8-byte tags in it, and Node passes them on. Its list of groups has finite fields
 * of up to 8192 bits: a key share of that size costs its sender nothing, and the server 120 ms in the event loop (CVE-2002-20001,
 * CVE-2022-40735). Elliptic curves cost one.
 */
import { constants } from 'node:crypto'
import type { SecureContextOptions } from 'node:tls'

/** OpenSSL 3.5 (Node 24) has a group that quantum computers do not break either; an older one refuses its name. */
const hybrid = Number.parseFloat(process.versions.openssl) >= 3.5 ? 'X25519MLKEM768:' : ''

export const suites = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305'
  ].join(':'),
  ecdhCurve: `${hybrid}X25519:P-256:P-384:P-521`,
  honorCipherOrder: true,
  /** A client without AES in hardware puts ChaCha20 first, and then gets it. */
  secureOptions:
    constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION | constants.SSL_OP_PRIORITIZE_CHACHA
} satisfies SecureContextOptions
