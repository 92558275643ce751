import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, inject, test } from 'vitest'
import { readmeProgram } from './programs.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { project } = inject('packed')
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, string | object>
}
const entries = Object.entries(exports)
  .filter(([, target]) => typeof target === 'object')
  .map(([subpath]) => subpath.replace('.', 'mig-nvml'))
const newest = join(root, 'node_modules/typescript')
const everything = entries
  .map((entry, index) => `import * as entry${index} from '${entry}'\nconsole.log(entry${index})\n`)
  .join('')

/** The oldest compiler that the README names. It has a folder of its own: two packages would share the name `tsc`. */
const floor = '5.6.3'

test('every entry point and the README’s first program compile with the oldest TypeScript that it names', () => {
  const tools = join(project, 'typescript-floor')
  mkdirSync(tools)
  const install = ['install', '--prefix', tools, '--no-audit', '--no-fund', `typescript@${floor}`]
  execFileSync('npm', install, { cwd: tools, stdio: 'pipe' })
  expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain('**TypeScript** 5.6 or newer')
  const files = { 'entries.ts': everything, 'readme.ts': readmeProgram() }
  expect(compile(join(tools, 'node_modules/typescript'), files)).toBe('')
})

test('every entry point and the README’s first program compile with the newest TypeScript', () => {
  const files = { 'entries.ts': everything, 'readme.ts': readmeProgram() }
  expect(compile(newest, files)).toBe('')
})

test('every entry point compiles from a CommonJS file with the newest TypeScript', () => {
  expect(compile(newest, { 'common.cts': everything })).toBe('')
})

/** What the compiler prints, declarations checked, in a folder below one where the package is installed. */
function compile(compiler: string, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(project, 'typescript-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable'],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  }
  const config = { compilerOptions, files: Object.keys(files) }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const tsc = join(compiler, 'bin/tsc')
  const { stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' })
  return `${stdout}${stderr}`
}
