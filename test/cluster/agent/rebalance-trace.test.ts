import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { drawPodsBySteps, patience } from '../../../benchmarks/fleet/pod-trace.js'
import { policyNames, replayPolicies } from '../../../benchmarks/fleet/trace-policies.js'
import { hasNoCluster, isMissing } from '../programs.js'
import { expectNothingLost } from './rebalance-world.js'
import { traceTable } from './trace-table.js'
import { createTraceWorld, type Settled, type TraceWorld } from './trace-world.js'

const podCount = Number(process.env['MIG_NVML_PODS'] ?? 150)
const seed = Number(process.env['MIG_NVML_SEED'] ?? 1)
const size = { nodes: Number(process.env['MIG_NVML_NODES'] ?? 4), gpus: 2 }
const minutes = 15
/** How many steps a pod waits. */
const patienceSteps = patience / minutes
/** The mixes of the study follow each other, so the demand changes. */
const pods = drawPodsBySteps({
  pods: podCount,
  load: 0.9,
  gpus: size.nodes * size.gpus,
  seed,
  names: ['bimodal', 'migbench', 'skew-big', 'skew-small', 'uniform'],
  minutes,
})
const podOf = new Map(pods.map((pod) => [pod.id, pod]))
const lastStep = (pods.at(-1)?.arrives ?? 0) + patienceSteps

describe.skipIf(hasNoCluster() || isMissing('helm', 'kubectl'))(
  'a rebalancer that watches a real cluster',
  () => {
    let world: TraceWorld
    beforeAll(async () => {
      world = await createTraceWorld(size.nodes, size.gpus)
    })
    afterAll(() => world?.[Symbol.asyncDispose]())

    /** Steps follow each other when the cluster is at rest, so nothing depends on the speed of this machine. */
    async function runTrace(): Promise<ReadonlyMap<string, number>> {
      const started = new Map<string, number>()
      let now: Settled = { running: new Map(), waiting: [], failed: [] }
      for (let step = 0; step <= lastStep; step++) {
        const ended = [...now.running.keys()].filter((id) => {
          const end = (started.get(id) ?? step) + (podOf.get(id)?.stays ?? 0)
          return end <= step
        })
        // Before others leave: a pod that waits has no room, and none comes while it goes.
        await world.remove(
          now.waiting.filter((id) => (podOf.get(id)?.arrives ?? 0) + patienceSteps < step),
        )
        await world.remove(ended)
        for (const pod of pods.filter(({ arrives }) => arrives === step))
          await world.create(pod.id, pod.size)
        if (step === Math.floor(lastStep / 3)) await world.killRebalancer()
        if (step === Math.floor(lastStep / 2)) await world.killAgent(0)
        const next = await world.settled()
        for (const [id, device] of now.running)
          if (!ended.includes(id))
            expect(next.running.get(id), `pod ${id} at step ${step}`).toBe(device)
        expect(next.failed, `step ${step}`).toEqual([])
        for (const id of next.running.keys()) if (!now.running.has(id)) started.set(id, step)
        now = next
      }
      return started
    }

    test(
      'pods come and go by a seeded trace, and the layouts follow: no pod that runs is disturbed, and more start than with the best static layouts',
      async () => {
        const started = await runTrace()
        expectNothingLost(world.worlds)
        await world.expectAgreement()
        expect(world.rebalancer.ended()).toBeNull()

        const others = await replayPolicies(pods, {
          ...size,
          patience: patienceSteps,
          changeTakes: 0,
        })
        const result = {
          pods,
          started,
          changes: world.changes.size,
          takenBack: world.takenBack.size,
        }
        console.log(traceTable(result, others).join('\n'))
        const most = (name: string): number =>
          podCount * (others.find(({ policy }) => policy === name)?.share ?? Number.NaN)
        expect(started.size).toBeLessThanOrEqual(most(policyNames.bound) + 1e-6)
        // The scheduler draws lots between nodes. By simulations, 141 to 148 of 150 start with this seed; 126 do with the static layouts.
        expect(started.size).toBeGreaterThanOrEqual(most(policyNames.hindsight))
      },
      Math.max(600_000, podCount * 10_000),
    )
  },
)
