/** Five presets stand before the laws. */
import { codecLaws } from '../laws/codec-laws.ts'
import {
  dnsSubject,
  httpChunkedSubject,
  multiprocessingSubject,
  pktLineSubject,
  postgresStartupSubject,
  postgresSubject
} from './subjects-wire.ts'

codecLaws(dnsSubject)
codecLaws(multiprocessingSubject)
codecLaws(pktLineSubject)
codecLaws(postgresSubject)
codecLaws(postgresStartupSubject)
codecLaws(httpChunkedSubject)
