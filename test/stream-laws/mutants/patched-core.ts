/**
 * A true mutant of the real core: `lib` is copied into a temporary directory, one piece of its source text is replaced,
 * and the copy is imported through the same seam (core.ts). So a mutant is the core itself but for a line, and a patch
 * whose text is no longer found in `lib` fails instead of testing nothing.
 */
import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Core } from '../core.ts'

export interface Patch {
  /** Below `lib`. */
  readonly file: string
  /** Occurs once in the file. */
  readonly find: string
  readonly replace: string
}

const root = fileURLToPath(new URL('../../../', import.meta.url))
const seam = 'test/stream-laws/core.ts'

/** Runs `use` over a copy of the core, with a patch in it or without. */
export async function withPatchedCore<R>(patch: Patch | undefined, use: (core: Core) => Promise<R>): Promise<R> {
  const directory = await mkdtemp(join(tmpdir(), 'it-serve-mutant-'))
  try {
    await cp(join(root, 'lib'), join(directory, 'lib'), { recursive: true })
    await cp(join(root, seam), join(directory, seam))
    await cp(join(root, 'package.json'), join(directory, 'package.json'))
    await symlink(join(root, 'node_modules'), join(directory, 'node_modules'), 'dir')
    if (patch !== undefined) {
      const file = join(directory, 'lib', patch.file)
      await writeFile(file, patched(await readFile(file, 'utf8'), patch))
    }
    return await use((await import(pathToFileURL(join(directory, seam)).href)) as Core)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function patched(text: string, { file, find, replace }: Patch): string {
  const parts = text.split(find)
  assert.equal(parts.length, 2, `${file} has ${parts.length - 1} times the text that this mutant replaces: ${find}`)
  return parts.join(replace)
}
