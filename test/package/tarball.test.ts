import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, inject, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { architectures, bytes, files } = inject('packed')
const { bin, dependencies, exports, peerDependencies, scripts } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
) as {
  bin: Record<string, string>
  exports: Record<string, string | { types: string; default: string }>
  dependencies?: Record<string, string>
  peerDependencies: Record<string, string>
  scripts: Record<string, string>
}
const targets = Object.values(exports).flatMap((target) =>
  typeof target === 'string' ? [] : [target],
)
const entries = [...targets.map((target) => target.default), ...Object.values(bin)].map(normalize)

const isDeclaration = (file: string): boolean => /^dist\/.*\.d\.ts$/.test(file)
const isChunk = (file: string): boolean => /^dist\/chunks\/[a-z0-9-]+\.js$/.test(file)

/** All that these files import, and what that imports. */
function ledToBy(starts: readonly string[], statements: RegExp): ReadonlySet<string> {
  const led = new Set<string>()
  const follow = (file: string): void => {
    if (led.has(file)) return
    led.add(file)
    for (const [, target = ''] of readFileSync(join(root, file), 'utf8').matchAll(statements))
      follow(join(dirname(file), target))
  }
  for (const start of starts) follow(start)
  return led
}

const filesOf = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))

test('the tarball has exactly the expected files', () => {
  const binaries = ['mig_nvml.node', 'mig_simulator_control.node', 'simulator/libnvidia-ml.so.1']
  const expected = [
    ...['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', 'dist/mig-config.schema.json'],
    'dist/mig-nvml.1',
    'dist/third-party-licenses.txt',
    ...entries,
    ...['types', 'examples', 'docs'].flatMap(filesOf),
    ...architectures.flatMap((arch) => binaries.map((file) => `prebuilds/linux-${arch}/${file}`)),
  ]
  expect(files.filter((file) => !isDeclaration(file) && !isChunk(file))).toEqual(expected.sort())
})

test('the code in the tarball is what its entry points import, in few files', () => {
  const led = ledToBy(entries, /(?:from|import|import\() ?"(\.[^"]+)"/g)
  expect(files.filter(isChunk)).toEqual([...led].filter(isChunk).sort())
  const atOnce = (entry: string): number =>
    ledToBy([entry], /^(?:import|export) (?:.*? from )?"(\.[^"]+)"/gm).size
  // A program in one file imports fast; a scheduler starts often.
  expect(atOnce('dist/index.js')).toBeLessThanOrEqual(8)
  for (const entry of entries) expect(atOnce(entry), entry).toBeLessThanOrEqual(32)
})

test('the declarations in the tarball are those that its entry points import', () => {
  const starts = targets.map(({ types }) => normalize(types))
  const leadsTo = (file: string): string[] =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import\() ?'(\.[^']+)'/g)]
      .map(([, target = '']) => join(dirname(file), target).replace(/\.js$/, '.d.ts'))
      .filter(isDeclaration)
  const declarations = files.filter(isDeclaration)
  const led = new Set([...starts, ...declarations.flatMap(leadsTo)])
  expect(declarations).toEqual([...led].sort())
})

// Two thirds are the binaries of two architectures; the rest grows with what the package does.
test('the tarball with both architectures is smaller than 1.4 MB', () => {
  expect(bytes).toBeLessThan(1_400_000)
  if (architectures.length < 2) console.log(`SKIPPED: its size with more than ${architectures}`)
})

test('the package needs no other at run time, and carries the licenses of those whose code it contains', () => {
  expect(dependencies).toBeUndefined()
  const licenses = readFileSync(join(root, 'dist/third-party-licenses.txt'), 'utf8')
  const imported = files
    .filter((file) => file.endsWith('.js'))
    .flatMap((file) => [
      ...readFileSync(join(root, file), 'utf8').matchAll(
        /(?:^(?:import|export) (?:.* from )?|import\()"([^"./][^"]*)"/gm,
      ),
    ])
    .map(([, name = '']) => name)
    .filter((name) => !name.startsWith('node:'))
  expect(Object.keys(peerDependencies)).toEqual(expect.arrayContaining(imported))
  expect(licenses).toContain('Copyright Eemeli Aro')
  expect(licenses).toContain('Copyright (c) Fabian Hiller')
})

test('installing the package runs nothing, and npm builds nothing', () => {
  expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$/.test(name))).toEqual([])
  expect(files).not.toContain('binding.gyp')
})
