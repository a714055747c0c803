import type { Subject } from '../../../lib/laws/subject.ts'

/** A subject of which the large frame is known, too. */
export type FullSubject<F> = Subject<F> & Required<Pick<Subject<F>, 'big'>>
