// Many processes change one machine at once, and some are killed during a change. The result is always what
// the journal says, call by call.
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compile, run, scratch, start } from './programs.js'
import { expectReplay } from './replay.js'
import { inSession, nvml } from './shell.js'

const machine = '2x A100-SXM4-40GB +mig, H100 80GB HBM3 +mig, A30 +mig'

function newStore(name: string): string {
  const store = join(scratch, name)
  const [count] = inSession({ STORE: store, MACHINE: machine }, ['count'])
  expect(count).toMatchObject({ ret: nvml.success, count: 4 })
  return store
}

test('a machine stays sound under 16 processes with 1,000 random operations each', async () => {
  const store = newStore('crowded')
  compile('random_operations')
  const clients = Array.from({ length: 16 }, (_, seed) =>
    start('random_operations', { STORE: store }, [String(seed), '1000']),
  )
  const exits = await Promise.all(
    clients.map(async (client) => {
      client.stdout.resume()
      const [code] = (await once(client, 'exit')) as [number | null]
      return code
    }),
  )
  expect(exits).toEqual(Array(16).fill(0))
  expect(expectReplay(machine, store)).toBeGreaterThan(8_000)
})

test('clients killed at any moment leave no partial change', () => {
  const store = newStore('killed')
  const rounds = 40
  expect(run('killed_clients', { STORE: store }, [String(rounds)]).trim()).toBe(String(3 * rounds))
  expect(expectReplay(machine, store)).toBeGreaterThan(1_000)
})
