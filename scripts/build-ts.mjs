// Makes dist/ of lib/: the code in few files, the declarations that users can reach, the JSON Schema of
// configurations. The modules stay in build/modules, for what looks inside: some benchmarks, the device check.
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
for (const folder of ['dist', 'build/modules'])
  rmSync(join(root, folder), { recursive: true, force: true })
// The declarations keep their comments, which editors show; a fifth of the code would be comments.
compile('--emitDeclarationOnly')
compile(
  '--outDir',
  'build/modules',
  '--declaration',
  'false',
  '--isolatedDeclarations',
  'false',
  '--removeComments',
)
await import('./bundle.mjs')
for (const name of ['main', 'kubectl-mig']) chmodSync(join(root, `dist/cli/${name}.js`), 0o755)
await import('./generate-schema.mjs')
await import('./build-man.mjs')
await import('./prune-declarations.mjs')

function compile(...options) {
  const { status } = spawnSync(process.execPath, [tsc, '-p', root, ...options], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}
