import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { installNode } from '../../scripts/install-node.mjs'
import { readmeOutput, readmeProgram } from './programs.js'

const emulator = 'qemu-aarch64-static'
const libraries = '/usr/aarch64-linux-gnu'
const { architectures, project } = inject('packed')

const missing = process.arch === 'arm64' ? undefined : findMissing()
if (missing !== undefined) console.log(`SKIPPED: the arm64 binaries are not run: ${missing}`)

function findMissing(): string | undefined {
  if (!architectures.includes('arm64')) return 'they are not built'
  if (!existsSync(join(libraries, 'lib/libstdc++.so.6'))) return `no libraries in ${libraries}`
  return spawnSync(emulator, ['--version']).status === 0 ? undefined : `no ${emulator}`
}

describe.skipIf(missing !== undefined)('the arm64 binaries, on an emulated processor', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-arm64-'))
  let node: string
  beforeAll(() => {
    node = installNode(folder, '20', 'arm64')
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const run = (args: readonly string[]): string => {
    const [command, prefix] =
      process.arch === 'arm64' ? [node, []] : [emulator, ['-L', libraries, node]]
    return execFileSync(command, [...prefix, ...args], { cwd: project, encoding: 'utf8' })
  }

  test('the README’s first program runs on the arm64 binaries', () => {
    expect(run(['-p', 'process.arch'])).toBe('arm64\n')
    writeFileSync(join(project, 'readme-arm64.js'), readmeProgram())
    expect(run(['readme-arm64.js'])).toMatch(readmeOutput)
  })

  test('the arm64 binaries read a stored machine that x64 made', () => {
    const cli = 'node_modules/mig-nvml/dist/cli/main.js'
    const machine = ['--simulate', 'H100-80GB-SXM', '--store', join(folder, 'machine')]
    const status = execFileSync(process.execPath, [cli, 'status', ...machine], {
      cwd: project,
      encoding: 'utf8',
    })
    expect(status).toContain('H100')
    expect(run([cli, 'status', ...machine])).toBe(status)
  })
})
