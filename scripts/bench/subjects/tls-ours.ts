/** Our echo over TLS. */
import { serve } from '../../../lib/index.ts'
import { echo } from '../../../servers/echo.ts'
import { certificate } from './certificate.ts'
import { announce } from './serving.ts'

const service = await serve(echo, { listen: 'tls://127.0.0.1:0', tls: certificate() })
announce(/\d+$/.exec(service.endpoints[0]!)![0])
