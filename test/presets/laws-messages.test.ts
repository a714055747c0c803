/** netstring, syslog, mllp, ndjson and lsp stand before the laws. */
import { codecLaws } from '../laws/codec-laws.ts'
import * as subjects from './subjects-messages.ts'

codecLaws(subjects.netstringSubject)
codecLaws(subjects.syslogSubject)
codecLaws(subjects.mixedSyslogSubject)
codecLaws(subjects.syslogLinesSubject)
codecLaws(subjects.mllpSubject)
codecLaws(subjects.ndjsonSubject)
codecLaws(subjects.lspSubject)
codecLaws(subjects.lspBytesSubject)
