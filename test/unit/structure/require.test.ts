import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const { exports } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  exports: Record<string, string | object>
}
const subpaths = Object.entries(exports)
  .filter(([, target]) => typeof target === 'object')
  .map(([subpath]) => subpath.replace('.', 'mig-nvml'))

// A package finds itself by its name, as its users would. Node can require what is an ES module if
// nothing that it loads awaits at its top level.
test.each(subpaths)('%s can be required, and gives what an import gives', (subpath) => {
  const program = `
    const required = require('${subpath}')
    const names = (module) => Object.keys(module).filter((name) => name !== '__esModule').sort()
    import('${subpath}').then((imported) => {
      const same = names(imported).every((name) => imported[name] === required[name])
      console.log(JSON.stringify([names(imported).length > 0, names(required), names(imported), same]))
    })`
  const output = execFileSync(process.execPath, ['--input-type=commonjs', '-e', program], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [some, required, imported, same] = JSON.parse(output)
  expect(required).toEqual(imported)
  expect([some, same]).toEqual([true, true])
})

test('the first program of a CommonJS user runs', () => {
  const program = `
    const { applyMigConfig } = require('mig-nvml')
    const { createSimulatedMachine } = require('mig-nvml/simulator')
    const machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const document = {
      version: 'v1',
      'mig-configs': {
        mine: [{ devices: 'all', 'mig-enabled': true, 'mig-devices': { '3g.20gb': 2 } }],
      },
    }
    applyMigConfig(document, { library: machine.library }).then(({ outcome }) => {
      machine.close()
      console.log(process.version, outcome)
    })`
  const output = execFileSync(process.execPath, ['--input-type=commonjs', '-e', program], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  expect(output).toBe(`${process.version} applied\n`)
})
