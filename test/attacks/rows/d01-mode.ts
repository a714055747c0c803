import { provenBy } from '../framework/proven-by.ts'

export const row = provenBy({
  id: 'D1',
  title:
    'a Unix socket under umask 000, looked at all the time while it is bound; a directory in which anybody may write',
  gate: 'never wider than 0600; such a directory is refused',
  proof: { files: ['transport/unix-path'], only: ['^D1:'] },
  quick: 1,
  full: 10
})
