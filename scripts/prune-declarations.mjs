// Deletes the declarations in dist/ that no entry point of the package leads to: they are of use to
// nobody outside, and a tenth of the tarball.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const reached = new Set()
for (const { types } of Object.values(exports)) if (types !== undefined) reach(join(root, types))

for (const name of readdirSync(join(root, 'dist'), { recursive: true })) {
  const path = join(root, 'dist', name)
  if (path.endsWith('.d.ts') && !reached.has(path)) rmSync(path)
}

function reach(path) {
  if (reached.has(path) || !existsSync(path)) return
  reached.add(path)
  for (const [, target] of readFileSync(path, 'utf8').matchAll(/\b(?:from|import\() ?'(\.[^']+)'/g))
    reach(resolve(dirname(path), target.replace(/\.js$/, '.d.ts')))
}
