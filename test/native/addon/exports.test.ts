import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { loadNative } from '../../../lib/driver/addon/native.js'
import { openNvml } from '../../../lib/nvml.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'

/** The members of an interface, as its declaration has them. */
function declaredMembers(file: string, name: string): string[] {
  const source = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')
  const body = new RegExp(`interface ${name}\\b[^{]*\\{\\n(.*?)\\n\\}`, 's').exec(source)?.[1] ?? ''
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)[(:]/gm)].map(([, member]) => member ?? '')
}

test('the addon exports exactly the functions that addon.ts and nvml.d.ts declare', () => {
  const calls = declaredMembers('types/nvml.d.ts', 'Nvml').filter(
    (member) => !['libraryPath', 'driverVersion', 'close'].includes(member),
  )
  const own = declaredMembers('lib/driver/addon/addon.ts', 'NativeAddon')
  expect(calls.length).toBeGreaterThan(40)
  expect(Object.keys(loadNative()).sort()).toEqual([...own, ...calls].sort())
})

test('mig-nvml/nvml has exactly the functions that nvml.d.ts declares', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB')
  await using nvml = await openNvml({ library: machine.library })
  expect(Object.keys(nvml).sort()).toEqual(declaredMembers('types/nvml.d.ts', 'Nvml').sort())
})
