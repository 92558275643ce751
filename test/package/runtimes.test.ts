import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, inject, test } from 'vitest'
import { readmeOutput, readmeProgram } from './programs.js'

const { project, tarball } = inject('packed')
const folder = join(project, 'runtimes')
const permissions = '--allow-read --allow-env --allow-ffi'

beforeAll(() => {
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}')
  writeFileSync(join(folder, 'readme.mjs'), readmeProgram())
  const packages = [tarball, 'bun@1.3.1', 'deno@2.5.4']
  const install = ['install', '--no-audit', '--no-fund', ...packages]
  execFileSync('npm', install, { cwd: folder, stdio: 'pipe' })
})

test('the README’s first program runs on Bun', () => {
  expect(run('bun', ['readme.mjs'])).toMatch(readmeOutput)
})

test('the README’s first program runs on Deno with the permissions that the README names', () => {
  const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8')
  expect(readme).toContain(`\`${permissions}\``)
  const flags = [...permissions.split(' '), '--no-prompt', '--node-modules-dir=manual']
  expect(run('deno', ['run', ...flags, 'readme.mjs'])).toMatch(readmeOutput)
})

function run(command: string, args: readonly string[]): string {
  const program = join(folder, 'node_modules/.bin', command)
  return execFileSync(program, args, { cwd: folder, encoding: 'utf8' })
}
