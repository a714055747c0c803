import { provenBy } from '../framework/proven-by.ts'

export const row = provenBy({
  id: 'E4',
  title: 'answers of 0 to 300 bytes, with any bit flipped, of an empty key, by a weaker method',
  gate: 'none is accepted, none throws',
  proof: {
    files: ['gate/auth', 'gate/authkey'],
    only: ['^E4:', 'refuse who', 'nobody else', 'short or nameless', 'MD5']
  },
  needs: ['openssl', 'python3'],
  quick: 1,
  full: 5
})
