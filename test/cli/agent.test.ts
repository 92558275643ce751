import { expect, test } from 'vitest'
import { runInProcess } from './run-in-process.js'

test('an agent without the name of its node is a wrong command line', async () => {
  const { status, err } = await runInProcess(['agent'])
  expect(status).toBe(2)
  expect(err).toMatch(/--node-name is missing/)
})

test.each([
  [['--evict-timeout', '0'], /--evict-timeout/],
  [['--strategy', 'both'], /--strategy takes none, single, mixed/],
  [['--interval', 'soon'], /--interval/],
  [['--layout-interval', '-1'], /--layout-interval/],
  [['--grace-period', 'long'], /--grace-period/],
  [['--dra-driver', 'gpu_nvidia'], /--dra-driver takes/],
  [['--dra-driver', 'gpu.nvidia.com', '--strategy', 'mixed'], /--strategy is of a device plugin/],
])('an agent refuses %s before it does anything', async (args, message) => {
  const { status, err } = await runInProcess(['agent', '-n', 'node-1', ...args])
  expect(status).toBe(2)
  expect(err).toMatch(message)
})

test('a rollout without a configuration is a wrong command line', async () => {
  const { status, err } = await runInProcess(['rollout'])
  expect(status).toBe(2)
  expect(err).toMatch(/--config is missing/)
})
