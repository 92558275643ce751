import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const lib = fileURLToPath(new URL('../../../lib', import.meta.url))

/** Every file that importing this one loads, types left out. */
function loadedBy(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  const text = readFileSync(join(lib, file), 'utf8')
  for (const [, target] of text.matchAll(
    /^(?:import|export)(?! type)[^'"]*?from '(\.[^']+)'|^import '(\.[^']+)'/gm,
  )) {
    if (target !== undefined)
      loadedBy(join(dirname(file), target.replace(/\.js$/, '.ts')).replace(/^\.\//, ''), seen)
  }
  return seen
}

// A scheduler imports the package at its start, and most of its processes never apply anything.
test('importing the package loads neither the solver as a whole, nor configurations, nor the driver', () => {
  const loaded = [...loadedBy('index.ts')]
  expect(loaded).toContain('render/machine.ts')
  expect(loaded.filter((file) => /^(config|driver|fleet|simulator)\//.test(file))).toEqual([])
  expect(loaded).not.toContain('solver.ts')
  expect(loaded).not.toContain('machine/apply.ts')
  expect(loaded.length).toBeLessThan(80)
})
