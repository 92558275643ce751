import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { installNode } from './node-binary.js'
import { readmeOutput, readmeProgram } from './programs.js'

const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-node-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const { project } = inject('packed')

// The binary speaks Node-API 9 and must load in every line from the oldest on.
describe.each([22, 24, 26])('the same package on Node %i', (line) => {
  let node: string
  beforeAll(() => {
    node = installNode(folder, process.arch, line)
  }, 300_000)
  const run = (args: readonly string[]): string =>
    execFileSync(node, args, { cwd: project, encoding: 'utf8' })

  test('the README’s first program runs', () => {
    expect(run(['--version'])).toMatch(new RegExp(`^v${line}\\.`))
    writeFileSync(join(project, `readme-${line}.js`), readmeProgram())
    expect(run([`readme-${line}.js`])).toMatch(readmeOutput)
  })

  test('it can be required', () => {
    const program = "console.log(typeof require('mig-nvml').applyMigConfig)"
    expect(run(['--input-type=commonjs', '-e', program])).toBe('function\n')
  })

  test('the command line applies and asserts', () => {
    const cli = 'node_modules/mig-nvml/dist/cli/main.js'
    const file = 'node_modules/mig-nvml/examples/kubecon-demo.yaml'
    const store = join(folder, `${line}.store`)
    const args = ['-f', file, '-c', 'all-balanced', '--simulate', '2x A100-SXM4-40GB']
    expect(run([cli, 'apply', ...args, '--store', store])).toMatch(/Applied and verified/)
    expect(run([cli, 'assert', ...args, '--store', store])).toMatch(/currently applied/)
  })
})
