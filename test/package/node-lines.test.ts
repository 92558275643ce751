import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { installNode, nodeVersions } from '../../scripts/install-node.mjs'
import { fleetPrograms, readmeOutput, readmeProgram } from './programs.js'

const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-node-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const { project } = inject('packed')

// The binary speaks Node-API 9 and must load in every line from the oldest on.
describe.each(nodeVersions)('the same package on Node %s', (version) => {
  let node: string
  beforeAll(() => {
    node = installNode(folder, version)
  })
  const run = (args: readonly string[]): string =>
    execFileSync(node, args, { cwd: project, encoding: 'utf8' })

  test('the README’s first program runs on this line of Node', () => {
    expect(`${run(['--version']).trim()}.`).toContain(`v${version}.`)
    writeFileSync(join(project, `readme-${version}.js`), readmeProgram())
    expect(run([`readme-${version}.js`])).toMatch(readmeOutput)
  })

  test.each(fleetPrograms())(
    'the program %s runs on this line of Node as it stands',
    (name, program) => {
      const file = `${name.replaceAll(/\W/g, '-')}-${version}.js`
      writeFileSync(join(project, file), program)
      expect(run([file])).not.toBe('')
    },
  )

  test('the package can be required on this line of Node, without a warning', () => {
    writeFileSync(
      join(project, 'require.cjs'),
      "console.log(typeof require('mig-nvml').applyMigConfig)",
    )
    const { stdout, stderr } = spawnSync(node, ['require.cjs'], { cwd: project, encoding: 'utf8' })
    expect([stdout, stderr]).toEqual(['function\n', ''])
  })

  test('the command line applies and asserts on this line of Node', () => {
    const cli = 'node_modules/mig-nvml/dist/cli/main.js'
    const file = 'node_modules/mig-nvml/examples/kubecon-demo.yaml'
    const store = join(folder, `${version}.store`)
    const args = ['-f', file, '-c', 'all-balanced', '--simulate', '2x A100-SXM4-40GB']
    expect(run([cli, 'apply', ...args, '--store', store])).toMatch(/Applied and verified/)
    expect(run([cli, 'assert', ...args, '--store', store])).toMatch(/currently applied/)
  })
})
