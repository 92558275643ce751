import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const lib = fileURLToPath(new URL('../../../lib', import.meta.url))

/** Which folder of `lib/` may import which others; `.` is the files at its top. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  model: ['.'],
  system: ['.', 'model'],
  config: ['.', 'model', 'solver'],
  solver: ['.', 'model'],
  plan: ['.', 'model', 'solver'],
  fleet: ['.', 'model', 'solver'],
  render: ['.', 'model', 'solver'],
  driver: ['.', 'model', 'system'],
  simulator: ['.', 'model', 'system', 'driver'],
  machine: ['.', 'model', 'system', 'config', 'solver', 'plan', 'driver'],
  cli: ['.', 'model', 'system', 'config', 'plan', 'render', 'driver', 'simulator', 'machine'],
}
const pure = ['model', 'config', 'solver', 'fleet', 'plan', 'render']

const files = readdirSync(lib, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(join(lib, name), 'utf8') }))

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '')
}

function folderOf(file: string): string {
  return file.includes('/') ? (file.split('/')[0] ?? '') : '.'
}

describe('the direction of imports', () => {
  test.each(files.filter((file) => folderOf(file.name) !== '.'))('$name', ({ name, text }) => {
    const folder = folderOf(name)
    const foreign = importsOf(text)
      .filter((target) => target.startsWith('.'))
      .map((target) => relative(lib, join(lib, dirname(name), target)))
      .filter((target) => !target.startsWith('../types/'))
      .map(folderOf)
      .filter((target) => target !== folder)
    expect(allowed[folder], `a folder that this test does not know: ${folder}`).toBeDefined()
    expect(foreign.filter((target) => !allowed[folder]?.includes(target))).toEqual([])
  })

  test('at the top of lib/, only the entry points import folders', () => {
    const importers = files
      .filter((file) => folderOf(file.name) === '.')
      .filter((file) =>
        importsOf(file.text).some(
          (target) => target.startsWith('./') && folderOf(target.slice(2)) !== '.',
        ),
      )
      .map((file) => file.name)
    expect(importers.sort()).toEqual([
      'config.ts',
      'fleet.ts',
      'index.ts',
      'nvml.ts',
      'simulator.ts',
      'solver.ts',
    ])
  })
})

describe('purity', () => {
  test('the pure folders do no input or output, but for the catalog and its place', () => {
    const used = files
      .filter((file) => pure.includes(folderOf(file.name)))
      .flatMap((file) => importsOf(file.text).map((target) => `${file.name}: ${target}`))
      .filter((use) => use.includes(': node:'))
    expect(used.sort()).toEqual([
      'model/catalog-text.ts: node:fs',
      'model/package-root.ts: node:fs',
      'render/style.ts: node:util',
    ])
  })

  test('only lib/system reads /proc, /sys and /dev; the simulator writes such trees', () => {
    const reading = files
      .filter(({ name }) => !['system', 'simulator'].includes(folderOf(name)))
      .filter(({ text }) => {
        const code = text.replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, '')
        return /['"`]\/?(?:proc|sys|dev)\/|join\([^)]*'(?:proc|sys|dev)'/.test(code)
      })
    expect(reading.map(({ name }) => name)).toEqual([])
  })

  test('only the two loaders know that a .node file exists', () => {
    const knowing = files.filter((file) => /\.node['"`]/.test(file.text)).map((file) => file.name)
    expect(knowing.sort()).toEqual(['driver/addon/native.ts', 'simulator/native.ts'])
  })
})
