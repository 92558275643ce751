import { describe, expect, test } from 'vitest'
import { MigError } from '../../../lib/errors.js'
import type { AgentNodeWorld } from '../../support/agent-node.js'
import { expectUnmarked, runSteps, withTwoPods } from '../../support/two-pods.js'

/** The limit of a call of the client, where the caller gives none. */
const limitMs = 30_000
const awayMs = 120_000

type Strike = (world: AgentNodeWorld, signal: AbortSignal | undefined) => Promise<never>

const faults: readonly (readonly [string, Strike])[] = [
  [
    'answers with 500',
    async () => {
      throw unavailable(500)
    },
  ],
  [
    'never answers',
    async ({ clock }, signal = new AbortController().signal) => {
      // As the client of a real cluster does: it gives up at its limit, and when it is stopped.
      await clock.sleep(limitMs, signal)
      signal.throwIfAborted()
      throw unavailable(null)
    },
  ],
]

function unavailable(status: number | null): MigError {
  return new MigError('MIG_CLUSTER_UNAVAILABLE', 'a fault of the test', {
    cluster: { status, reason: null, retryAfterMs: null },
  })
}

/** The run has come to its end, with each pod evicted once and nothing left on the node. */
async function expectDone(world: AgentNodeWorld): Promise<void> {
  await world.untilState('success')
  expect(await world.layout()).toHaveLength(7)
  expect(world.cluster.evicted.toSorted()).toEqual(['team-a/left', 'team-a/right'])
  expectUnmarked(world)
  expect(world.record().history).toMatchObject([{ outcome: 'success' }])
}

describe.each(faults)('an API server that %s', (_, strike) => {
  test.each(runSteps)(
    'for two minutes from the step "%s" on keeps no run from its end',
    async (step) => {
      await using world = await withTwoPods()
      let since: number | undefined
      let struck = 0
      world.cluster.beforeCall = (_name, signal) => {
        if (world.record().step === step) since ??= world.clock.now()
        if (since === undefined || world.clock.now() >= since + awayMs) return
        struck += 1
        return strike(world, signal)
      }
      world.start()
      world.setLabel('nvidia.com/mig.config', 'small')
      await expectDone(world)
      expect(struck).toBeGreaterThan(2)
      expect(world.record().history[0]?.evicted.toSorted()).toEqual(['team-a/left', 'team-a/right'])
    },
  )

  test.each(['beforeCall', 'afterCall'] as const)(
    'once for each kind of call at each step (%s) keeps no run from its end, whether or not the call had its effect',
    async (when) => {
      await using world = await withTwoPods()
      const struck = new Set<string>()
      world.cluster[when] = (name, signal) => {
        const call = `${name} at ${world.record().step}`
        if (struck.has(call)) return
        struck.add(call)
        return strike(world, signal)
      }
      world.start()
      world.setLabel('nvidia.com/mig.config', 'small')
      await expectDone(world)
      for (const step of runSteps) expect(struck).toContain(`get at ${step}`)
      for (const name of ['patch at apply', 'apply at evict', 'list at pause', 'evict at evict'])
        expect(struck).toContain(name)
    },
  )
})

test('an eviction that fails after another one keeps the first one in the history', async () => {
  await using world = await withTwoPods()
  let struck = 0
  world.cluster.beforeCall = (name) => {
    if (name !== 'evict' || world.cluster.evicted.length !== 1 || struck > 0) return
    struck += 1
    throw unavailable(500)
  }
  world.start()
  world.setLabel('nvidia.com/mig.config', 'small')
  await expectDone(world)
  expect(struck).toBe(1)
  expect(world.record().history[0]?.evicted.toSorted()).toEqual(['team-a/left', 'team-a/right'])
})

test('an agent that is stopped while the API server does not answer ends at once', async () => {
  await using world = await withTwoPods()
  const [, [, hang]] = faults as [(typeof faults)[0], (typeof faults)[0]]
  let isSilent = false
  world.cluster.beforeCall = (_name, signal) => {
    isSilent ||= world.record().step === 'evict'
    return isSilent ? hang(world, signal) : undefined
  }
  const agent = world.start()
  world.setLabel('nvidia.com/mig.config', 'small')
  await world.until(() => isSilent)
  // The clock stands still.
  await agent.stop()
  expect(world.record().step).toBe('evict')
})
