// Compiles lib/ to dist/, makes the command line executable, writes the JSON Schema of configurations,
// and leaves only the declarations that users can reach.
import { spawnSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const tsc = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin/tsc',
)
rmSync(join(root, 'dist'), { recursive: true, force: true })
compile()
// The declarations keep their comments, which editors show; a fifth of the code would be comments.
compile('--declaration', 'false', '--isolatedDeclarations', 'false', '--removeComments')
chmodSync(join(root, 'dist/cli/main.js'), 0o755)
await import('./generate-schema.mjs')
await import('./prune-declarations.mjs')

function compile(...options) {
  const { status } = spawnSync(process.execPath, [tsc, '-p', root, ...options], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}
