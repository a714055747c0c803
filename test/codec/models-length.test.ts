/** Every option of `length` against the naive model of it. */
import { likeModel } from '../laws/models/like-model.ts'
import { joined, whole } from '../laws/subjects/families.ts'
import { familySubject } from '../laws/subjects/layouts.ts'

for (const family of [...whole, ...joined]) {
  const subject = familySubject(family)
  likeModel(subject, subject.model)
}
