import { provenBy } from '../framework/proven-by.ts'

export const row = provenBy({
  id: 'B3',
  title: 'a TLS stream cut by a plain FIN at any byte (200 places; 1,000 in the full form)',
  gate: 'reported as truncated every time, by the client and by the server',
  proof: { files: ['tls/truncation'], only: ['cut', 'the same ends', 'a server hears'] },
  needs: ['openssl'],
  quick: 1,
  full: 5
})
