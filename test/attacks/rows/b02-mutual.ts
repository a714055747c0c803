import { provenBy } from '../framework/proven-by.ts'

export const row = provenBy({
  id: 'B2',
  title:
    'mutual TLS 1.2 and 1.3: no certificate, self-signed, of another authority, expired, early, for another use, revoked, not allowed, resumed',
  gate: 'the handler is entered for valid peers alone; no byte reaches the others; our client never says that it is connected',
  proof: { files: ['tls/mutual'] },
  needs: ['openssl'],
  quick: 1,
  full: 1
})
