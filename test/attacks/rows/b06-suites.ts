/** B6: programs that look for weak points: openssl, sslscan, and testssl.sh (in the full form: it takes minutes). */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { certify } from '../../support/certificates.ts'
import { outputOf } from '../framework/output-of.ts'
import type { Row } from '../framework/row.ts'

interface Finding {
  readonly id: string
  readonly severity: string
  readonly finding: string
}

/** What is spoken, by the flags of `openssl s_client`. */
const offers: Record<string, [flags: string[], spoken: boolean]> = {
  'TLS 1.3': [['-tls1_3'], true],
  'TLS 1.2': [['-tls1_2'], true],
  'TLS 1.1': [['-tls1_1', '-cipher', 'ALL:@SECLEVEL=0'], false],
  'TLS 1.0': [['-tls1', '-cipher', 'ALL:@SECLEVEL=0'], false],
  'CBC with SHA-1': [['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384'], false],
  CCM8: [['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-CCM8'], false],
  'a finite field of 8192 bits, which costs the server 120 ms': [['-tls1_3', '-groups', 'ffdhe8192'], false],
  'no forward secrecy': [['-tls1_2', '-cipher', 'AES128-GCM-SHA256:AES256-GCM-SHA384'], false]
}

export const row: Row<{ testssl: boolean }> = {
  id: 'B6',
  title: 'openssl s_client, sslscan, in the full form testssl.sh: what versions, suites and weak points they find',
  gate: 'TLS 1.2 and 1.3 only, AEAD with ephemeral keys only, no renegotiation, no compression, no vulnerability',
  needs: ['openssl', 'sslscan'],
  shows: ['sslscan: weak ones', 'sslscan: groups of finite fields', 'testssl.sh: medium, high or critical'],
  quick: { testssl: false },
  full: { testssl: true },
  async run(attack, { testssl }) {
    const { cert, key } = certify()
    const victim = await attack.victim('echo', { listen: 'tls://127.0.0.1:0', tls: { cert, key } }, { ca: cert })
    const to = `127.0.0.1:${victim.port}`
    for (const [name, [flags, spoken]] of Object.entries(offers)) {
      const { stdout } = await outputOf(attack, ['openssl', 's_client', '-connect', to, ...flags], { ms: 20_000 })
      const cipher = (/Cipher is (\S+)/.exec(stdout)?.[1] ?? '').replace('(NONE)', '')
      attack.holds(`openssl, ${name}: ${spoken ? 'spoken' : 'refused'}`, (cipher !== '') === spoken, cipher)
    }
    const scan = await outputOf(attack, ['sslscan', '--no-colour', '--show-ciphers', to], { ms: 50_000 })
    const suites = scan.stdout.match(/^(?:Preferred|Accepted) .*$/gm) ?? []
    const weak = suites.filter((line) => !/TLSv1\.[23] .*(GCM|CHACHA20)/.test(line) || /CCM|CBC/.test(line))
    attack.atLeast('sslscan: suites', suites.length, 2)
    attack.exactly('sslscan: weak ones', weak.length, 0)
    const versions = scan.stdout.match(/^(SSLv\d|TLSv1\.\d)\s+enabled/gm)?.map((line) => line.split(/\s/)[0]) ?? []
    attack.exactly('sslscan: versions', versions.sort().join(' '), 'TLSv1.2 TLSv1.3')
    attack.holds('sslscan: no renegotiation', /renegotiation not supported/.test(scan.stdout))
    attack.holds(
      'sslscan: no heartbleed',
      !/\bvulnerable to heartbleed/.test(scan.stdout.replaceAll('not vulnerable', ''))
    )
    const groups = scan.stdout.match(/^TLSv1\.\d +\d+ bits .*(?:ffdhe|DHE \d{4}).*$/gm) ?? []
    attack.exactly('sslscan: groups of finite fields', groups.length, 0)
    if (!testssl) return
    const program = ['testssl', 'testssl.sh'].find((name) => spawnSync('which', [name]).status === 0)
    attack.holds('testssl.sh is here', program !== undefined)
    if (program === undefined) return
    const folder = mkdtempSync(join(tmpdir(), 'its-'))
    attack.after(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'found.json')
    const flags = ['--warnings', 'off', '--color', '0', '--jsonfile', file, '-p', '-s', '-f', '-S', '-U']
    await outputOf(attack, [program, ...flags, to], { ms: 800_000 })
    const found = JSON.parse(readFileSync(file, 'utf8')) as Finding[]
    attack.atLeast('testssl.sh: checks', found.length, 30)
    // What it says of the certificate is of the one that the row made.
    const bad = found.filter(
      ({ id, severity }) => /HIGH|CRITICAL|MEDIUM|FATAL/.test(severity) && !/^(cert|OCSP|DNS|chain|scan)/i.test(id)
    )
    attack.exactly('testssl.sh: medium, high or critical', bad.length, 0)
    if (bad.length > 0) attack.figure('testssl.sh: the first', `${bad[0]?.id}: ${bad[0]?.finding}`)
  }
}
