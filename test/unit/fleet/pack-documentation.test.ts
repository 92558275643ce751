import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as fleet from '../../../lib/fleet.js'

const page = readFileSync(new URL('../../../docs/fleet.md', import.meta.url), 'utf8')

test('The example of packing in the documentation prints what its comments say', async () => {
  const [, code = ''] = /```js\n(import \{ packFleet[\s\S]*?)```/.exec(page) ?? []
  const printed: unknown[] = []
  const body = code.replace(/import (\{.*\}) from 'mig-nvml\/fleet'/, 'const $1 = fleet')
  const run = new Function('fleet', 'console', `return (async () => {${body}})()`)
  await run(fleet, { log: (value: unknown) => printed.push(value) })
  const said = [...code.matchAll(/console\.log\(.*\) \/\/ (.*)/g)].map(([, text = '']) => text)
  expect(said).toHaveLength(4)
  expect(printed).toEqual([
    new Function(`return (${said[0]})`)(),
    Number.parseInt(said[1] ?? '', 10),
    expect.objectContaining({ request: 'train/0', entry: 0, gpu: 'gpu-a/0', profileId: 9 }),
    said[3] === 'true',
  ])
})
