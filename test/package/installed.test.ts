import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, inject, test } from 'vitest'
import { readmeCommands, readmeOutput, readmeProgram } from './programs.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { project, tarball } = inject('packed')
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, string | object>
}
const subpaths = Object.entries(exports)
  .filter(([, target]) => typeof target === 'object')
  .map(([subpath]) => subpath.replace('.', 'mig-nvml'))

describe('in a user’s folder', () => {
  test('the README’s first program runs with the installed package', () => {
    writeFileSync(join(project, 'readme.js'), readmeProgram())
    expect(run('node', ['readme.js'])).toMatch(readmeOutput)
  })

  test.each(subpaths)('%s can be imported and required, and loads no native code', (subpath) => {
    const nativeLoads = `process.dlopen = () => { throw new Error('native code') };`
    const print = `console.log(Object.keys(entry).length > 0)`
    const imported = `const entry = await import('${subpath}'); ${print}`
    const required = `const entry = require('${subpath}'); ${print}`
    expect(run('node', ['--input-type=module', '-e', nativeLoads + imported])).toBe('true\n')
    expect(run('node', ['--input-type=commonjs', '-e', nativeLoads + required])).toBe('true\n')
  })

  test('npx finds the command line of the installed package', () => {
    expect(run('npx', ['--no-install', 'mig-nvml', '--version']).trim()).toMatch(/^\d+\.\d+\.\d+$/)
  })

  test('the README’s command lines run in an empty folder with the installed package', () => {
    const lines = readmeCommands().filter((line) => line.startsWith('npx mig-nvml'))
    expect(lines.length).toBeGreaterThan(3)
    const folder = join(project, 'commands')
    mkdirSync(folder)
    const env = { ...process.env, TMPDIR: folder }
    for (const line of lines) execFileSync('sh', ['-c', line], { cwd: folder, env, stdio: 'pipe' })
    expect(readFileSync(join(folder, 'mig.yaml'), 'utf8')).toContain('all-balanced')
  })

  function run(command: string, args: string[]): string {
    return execFileSync(command, args, { cwd: project, encoding: 'utf8' })
  }
})

describe('for its users’ tools', () => {
  const bin = join(root, 'node_modules/.bin')
  test('publint finds no fault in the package', () => {
    execFileSync(join(bin, 'publint'), ['run', tarball, '--strict'], { stdio: 'pipe' })
  })

  test('the types of every entry point resolve', () => {
    execFileSync(join(bin, 'attw'), [tarball, '--profile', 'esm-only'], { stdio: 'pipe' })
  })
})
