// Builds dist/ of the code that Stryker has changed, without its declarations: types do not hold there.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const compiler = createRequire(import.meta.url).resolve('typescript/package.json')
rmSync(join(root, 'build/modules'), { recursive: true, force: true })
spawnSync(
  process.execPath,
  [
    ...[join(dirname(compiler), 'bin/tsc'), '-p', root, '--outDir', 'build/modules', '--noCheck'],
    ...['--declaration', 'false', '--isolatedDeclarations', 'false', '--noEmitOnError', 'false'],
  ],
  { cwd: root, stdio: 'inherit' },
)
await import('../../scripts/bundle.mjs')
