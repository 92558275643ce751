// Formats the C++ and C sources with clang-format; with --check it only says which are not.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const clangFormat = createRequire(import.meta.url).resolve('clang-format/index.js')
const files = ['native', 'test', 'benchmarks'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((name) => /\.(h|cc|c)$/.test(name))
    .map((name) => join(folder, name)),
)
const mode = process.argv.includes('--check') ? ['--dry-run', '--Werror'] : ['-i']
const { status } = spawnSync(process.execPath, [clangFormat, ...mode, ...files], {
  cwd: root,
  stdio: 'inherit',
})
process.exit(status ?? 1)
