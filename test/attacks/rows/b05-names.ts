import { provenBy } from '../framework/proven-by.ts'

export const row = provenBy({
  id: 'B5',
  title: 'names (SNI) in mixed case, with a dot behind, of 300 characters, with NUL, unknown; the ends of a handshake',
  gate: 'the right certificate or an alert; every handshake has one place, which is free again at the deadline',
  proof: {
    files: ['tls/names', 'tls/handshakes'],
    only: ['names in every spelling', 'names that OpenSSL', 'application protocols', 'the ends of a handshake']
  },
  needs: ['openssl', 'python3'],
  quick: 1,
  full: 1
})
