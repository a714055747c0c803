/** K5: every reason for which a connection ends, or is not taken, is provoked by a test of its own. */
import { closeReasons, datagramRefusals, refuseReasons } from '../../../lib/index.ts'
import { prove } from '../framework/proven-by.ts'
import type { Row } from '../framework/row.ts'

export const row: Row = {
  id: 'K5',
  title: 'every reason of a close and of a refusal, each provoked (test/serve/reasons, test/tls/refusals)',
  gate: 'at least 25 reasons, each provoked, none of them unknown',
  shows: ['reasons', 'tests passed'],
  needs: ['openssl'],
  quick: {},
  full: {},
  async run(attack) {
    const reasons = [...Object.keys(closeReasons), ...Object.keys(refuseReasons), ...Object.keys(datagramRefusals)]
    attack.atLeast('reasons', reasons.length, 25)
    attack.exactly(
      'named unknown',
      reasons.filter((reason) => /unknown$/.test(reason) && reason !== 'name_unknown').length,
      0
    )
    await prove(attack, { files: ['serve/reasons', 'tls/refusals'] }, 1)
  }
}
