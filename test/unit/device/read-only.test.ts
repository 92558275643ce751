import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readFunctions } from './read-functions.js'
import { deviceFolder, importDevice } from './run-check.js'

// The journal of a run proves the branches that were taken; this proves the others.
describe('the sources of the check', () => {
  const sources = readdirSync(deviceFolder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:js|cc|h)$/.test(name))
    .map((name) => ({ name, text: readFileSync(join(deviceFolder, name), 'utf8') }))

  test('the test reads all sources of the device check', () => {
    const names = sources.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['check.js', 'probe/main.cc', 'read-driver.js']))
  })

  test.each(sources)('$name calls no NVML function that is not a read', ({ text: whole }) => {
    const text = whole.replace(/^#define .*$/gm, '')
    const called = [
      ...[...text.matchAll(/NVML_CALL\(\w+(?:\.\w+\([^)]*\))?,\s*(\w+)\)/g)].map(([, fn]) => fn),
      ...[...text.matchAll(/dlsym\([^,]+, "(\w+)"\)/g)].map(([, fn]) => fn),
    ]
    expect(called.filter((fn) => !readFunctions.has(fn ?? ''))).toEqual([])
    const literal = [...text.matchAll(/dlsym\([^,]+, "/g)]
    expect(called).toHaveLength([...text.matchAll(/NVML_CALL\(/g)].length + literal.length)
  })

  test('the sources of the device check look functions up only for a call and for the list of names', () => {
    const lookups = sources.flatMap(({ name, text }) =>
      [...text.matchAll(/dlsym\([^)]*\)/g)].map(([lookup]) => `${name}: ${lookup}`),
    )
    expect(lookups.sort()).toEqual([
      'probe/call.h: dlsym(subject.library, name)',
      'probe/names.cc: dlsym(library, function.name.data()',
      'probe/names.cc: dlsym(system.library, "nvmlErrorString")',
    ])
  })

  test('the sources of the device check load mig-nvml in one place, and only for reads', () => {
    const importers = sources
      .filter(({ text }) => text.includes('build/modules/'))
      .map(({ name }) => name)
    expect(importers).toEqual(['read-driver.js'])
    const [reader] = sources.filter(({ name }) => name === 'read-driver.js')
    const uses = [...(reader?.text ?? '').matchAll(/\b(?:nvml|session)\.(\w+)/g)].map(
      ([, it]) => it,
    )
    expect(new Set(uses)).toEqual(
      new Set(['js', 'libraryPath', 'driverVersion', 'close', 'readState']),
    )
  })
})

describe('the way to the driver', () => {
  test('the device check refuses every call that is not a read, before it reaches the driver', async () => {
    const { readOnly } = await importDevice('read-only.js')
    const made: string[] = []
    const nvml = new Proxy(
      {},
      { get: (_target, name) => () => Promise.resolve(made.push(String(name))) },
    )
    const ask = readOnly?.(nvml, () => {}) as (name: string) => Promise<unknown>
    await expect(ask('deviceSetMigMode')).rejects.toThrow('deviceSetMigMode is not a read')
    await expect(ask('gpuInstanceDestroy')).rejects.toThrow('is not a read')
    expect(made).toEqual([])
    expect(await ask('deviceGetCount')).toEqual({ value: 1 })
  })

  test('the reads of the device check are reads by their names in NVML, too', async () => {
    const { reads } = (await importDevice('read-only.js')) as unknown as { reads: string[] }
    const names = reads.map((name) => `nvml${name[0]?.toUpperCase()}${name.slice(1)}`)
    const known = [...readFunctions].map((name) => name.replace(/_v\d$/, ''))
    const others = names.filter(
      (name) =>
        ![name, `${name}V`, name.replace(/Id$/, 'IdV')].some((each) => known.includes(each)),
    )
    expect(others).toEqual([])
  })
})
