import { expect, test } from 'vitest'
import { runInProcess } from './run-in-process.js'

test.each([
  [['--max-unavailable', '0'], /--max-unavailable/],
  [['--mode-changes', 'some'], /--mode-changes takes none, free, all/],
  [['--reserve', '1g.5gb'], /--reserve takes sizes and counts such as 1g\.5gb=2, not '1g\.5gb'/],
  [['--reserve', 'large=1'], /--reserve takes sizes/],
  [['--interval', 'soon'], /--interval/],
  [['--pods-timeout', '-1'], /--pods-timeout/],
])('a rebalancer refuses %s before it does anything', async (args, message) => {
  const { status, err } = await runInProcess(['rebalance', ...args])
  expect(status).toBe(2)
  expect(err).toMatch(message)
})
