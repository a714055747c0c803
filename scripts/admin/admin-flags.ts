/** The flags of the admin endpoint. */
import type { Command } from 'commander'
import { InvalidOptionError } from '../../lib/index.ts'
import { type AdminAddress, adminAddress } from './admin-address.ts'

export interface AdminFlags {
  admin?: string
  adminAnywhere: boolean
}

export function addAdminFlags(command: Command): Command {
  return command
    .option('--admin <ADDRESS>', '/livez /readyz /metrics /connections over HTTP at 127.0.0.1:PORT or unix:/path')
    .option('--admin-anywhere', 'let --admin be an address that others can reach', false)
}

/** Undefined where there is to be none. @throws InvalidOptionError */
export function adminOf({ admin, adminAnywhere }: AdminFlags): AdminAddress | undefined {
  if (admin !== undefined) return adminAddress(admin, adminAnywhere)
  if (adminAnywhere) throw new InvalidOptionError('--admin-anywhere', true, 'an address to go with it, by --admin')
  return undefined
}
