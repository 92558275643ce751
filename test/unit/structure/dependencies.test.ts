import { describe, expect, test } from 'vitest'
import { circlesOf, folderOf, modules } from './imports.js'

/** Which top folder of `lib/` may import which others; `.` is the files at its top that are no entry points. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  model: ['.'],
  system: ['.', 'model'],
  config: ['.', 'model', 'solver'],
  solver: ['.', 'model'],
  plan: ['.', 'model', 'solver'],
  fleet: ['.', 'model', 'solver'],
  metrics: ['.', 'model', 'solver'],
  render: ['.', 'model', 'solver'],
  kubernetes: ['.', 'model', 'solver', 'config', 'fleet'],
  containers: ['.', 'model'],
  driver: ['.', 'model', 'system'],
  simulator: ['.', 'model', 'system', 'driver'],
  machine: ['.', 'model', 'system', 'config', 'solver', 'plan', 'metrics', 'driver', 'containers'],
  agent: [
    '.',
    'model',
    'system',
    'config',
    'solver',
    'plan',
    'metrics',
    'containers',
    'kubernetes',
    'driver',
    'machine',
  ],
  node: ['.', 'model', 'system', 'config', 'driver', 'machine'],
  cli: [
    '.',
    'model',
    'system',
    'config',
    'solver',
    'plan',
    'render',
    'containers',
    'kubernetes',
    'driver',
    'simulator',
    'machine',
    'agent',
    'node',
  ],
}
/** From the ground up: a folder imports only those before it. */
const layers: Readonly<Record<string, readonly string[]>> = {
  solver: ['tables', 'compute', 'layout', 'placing', 'order', 'repartition', 'explain', 'live'],
  fleet: ['model', 'program', 'pack', 'layouts', 'policy', 'hindsight', 'online', 'moves'],
  containers: ['devices', 'cdi', 'visible', 'runtimes', 'planned'],
  agent: [
    'client',
    'kubelet',
    'device-plugin',
    'dra-driver',
    'node',
    'steps',
    'loop',
    'rollout',
    'rebalance',
  ],
}
/** A new entry point has a pure part, named in `pure`, and exactly one file with input and output. */
const entries = [
  'agent',
  'config',
  'containers',
  'fleet',
  'index',
  'kubernetes',
  'node',
  'nvml',
  'simulator',
  'solver',
]
const pure = [
  'model',
  'config',
  'solver',
  'fleet',
  'plan',
  'metrics',
  'render',
  'containers',
  'kubernetes',
]

const files = [...modules].filter(([path]) => path.startsWith('lib/'))
const topOf = (path: string): string =>
  path.split('/').length > 2 ? (path.split('/')[1] ?? '') : '.'
const entryOf = (path: string): string | undefined =>
  entries.find((entry) => path === `lib/${entry}.ts`)

/** What of `lib/` each file imports, types included. */
const graph = new Map(files.map(([path, { imports }]) => [path, new Set(imports)]))

describe('imports between folders of lib/', () => {
  test.each(files.filter(([path]) => topOf(path) !== '.'))(
    '%s imports only folders below its own, and no entry point',
    (path, { imports }) => {
      const top = topOf(path)
      expect(allowed[top], `a folder that this test does not know: ${top}`).toBeDefined()
      const foreign = imports
        .filter((target) => target.startsWith('lib/') && topOf(target) !== top)
        .filter((target) => entryOf(target) !== undefined || !allowed[top]?.includes(topOf(target)))
      expect(foreign).toEqual([])
    },
  )

  test('at the top of lib/, only entry points import folders', () => {
    const importers = files
      .filter(([path]) => topOf(path) === '.')
      .filter(([, { imports }]) =>
        imports.some((target) => target.startsWith('lib/') && topOf(target) !== '.'),
      )
    expect(importers.map(([path]) => entryOf(path)).sort()).toEqual(entries)
  })

  test('no files import each other in a circle, types included', () => {
    const all = new Map([...modules].map(([path, { imports }]) => [path, new Set(imports)]))
    expect(circlesOf(all)).toEqual([])
  })

  test('no folders import each other in a circle, types included', () => {
    const folders = new Map<string, Set<string>>()
    for (const [path, targets] of graph) {
      const folder = folderOf(path)
      const reached = folders.get(folder) ?? new Set()
      folders.set(folder, reached)
      for (const target of targets)
        if (target.startsWith('lib/') && folderOf(target) !== folder) reached.add(folderOf(target))
    }
    expect(circlesOf(folders)).toEqual([])
  })

  test.each(Object.entries(layers))('the folders of lib/%s are layers', (top, order) => {
    const upward = files.flatMap(([path, { imports }]) => {
      const layerOf = (file: string): number =>
        topOf(file) === top ? order.indexOf(folderOf(file).split('/')[1] ?? '') : -1
      const own = layerOf(path)
      if (own < 0) return []
      return imports
        .filter((target) => layerOf(target) > own)
        .map((target) => `${path} imports ${target}`)
    })
    expect(upward).toEqual([])
  })
})

describe('input and output', () => {
  test('the pure folders do none, but for the catalog and its place', () => {
    const used = files
      .filter(([path]) => pure.includes(topOf(path)))
      .flatMap(([path, { packages }]) => packages.map((name) => `${path.slice(4)}: ${name}`))
      .filter((use) => use.includes(': node:'))
    expect(used.sort()).toEqual([
      'model/catalog-text.ts: node:fs',
      'model/package-root.ts: node:fs',
      'render/style.ts: node:util',
    ])
  })

  test('only lib/system reads /proc, /sys and /dev; the simulator writes such trees, containers get such nodes', () => {
    const naming = files
      .filter(([path]) => !['system', 'simulator', 'containers'].includes(topOf(path)))
      .filter(([, { text }]) => {
        const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
        return /['"`}]\/?(?:proc|sys|dev)\/|join\([^)]*'(?:proc|sys|dev)'/.test(code)
      })
      .map(([path]) => path)
    expect(naming).toEqual([])
  })

  test('only the two loaders know that a .node file exists', () => {
    const knowing = files.filter(([, { text }]) => /\.node['"`]/.test(text)).map(([path]) => path)
    expect(knowing.sort()).toEqual(['lib/driver/addon/native.ts', 'lib/simulator/native.ts'])
  })
})
