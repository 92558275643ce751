import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, inject, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { architectures, bytes, files } = inject('packed')
const { exports, scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, string | { types: string }>
  scripts: Record<string, string>
}

const isDeclaration = (file: string): boolean => /^dist\/.*\.d\.ts$/.test(file)

const filesOf = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))

test('it holds these files and no other', () => {
  const sources = filesOf('lib')
    .filter((file) => !file.endsWith('.d.ts'))
    .map((file) => file.replace(/^lib\/(.*)\.ts$/, 'dist/$1.js'))
  const binaries = ['mig_nvml.node', 'mig_simulator_control.node', 'simulator/libnvidia-ml.so.1']
  const expected = [
    ...['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', 'dist/mig-config.schema.json'],
    ...sources,
    ...['types', 'catalog', 'examples', 'docs'].flatMap(filesOf),
    ...architectures.flatMap((arch) => binaries.map((file) => `prebuilds/linux-${arch}/${file}`)),
  ]
  expect(files.filter((file) => !isDeclaration(file))).toEqual(expected.sort())
})

test('its declarations are those that its entry points lead to', () => {
  const targets = Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [] : [normalize(target.types)],
  )
  const leadsTo = (file: string): string[] =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import\() ?'(\.[^']+)'/g)]
      .map(([, target = '']) => join(dirname(file), target).replace(/\.js$/, '.d.ts'))
      .filter(isDeclaration)
  const declarations = files.filter(isDeclaration)
  const led = new Set([...targets, ...declarations.flatMap(leadsTo)])
  expect(declarations).toEqual([...led].sort())
})

test('with both architectures it is smaller than a megabyte', () => {
  expect(bytes).toBeLessThan(1_000_000)
  if (architectures.length < 2) console.log(`SKIPPED: its size with more than ${architectures}`)
})

test('nothing runs when it is installed, and npm sees no reason to build', () => {
  expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$/.test(name))).toEqual([])
  expect(files).not.toContain('binding.gyp')
})
