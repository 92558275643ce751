import { describe, expect, test } from 'vitest'
import { packFleet, verifyBound } from '../../../lib/fleet.js'
import type { FleetGpu, FleetRequest, PackFleetProblem } from '../../../types/fleet/pack.js'
import { type AssignedGpu, solveAssignment } from '../../support/fleet-assignment.js'
import { loadHighs } from '../../support/highs.js'
import { layoutOf, type NaiveGpu, naiveGpus } from '../../support/naive-gpu.js'
import { findPackingFault } from '../../support/packing.js'
import { seeded } from '../../support/random.js'

const keys = ['a30-24gb', 'a100-40gb', 'h100-80gb-sxm']
const models = keys.map((key) => naiveGpus.find((gpu) => gpu.key === key) as NaiveGpu)

function drawFleet(seed: number): { gpus: AssignedGpu[]; requests: FleetRequest[] } {
  const random = seeded(seed)
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T
  const kinds = random(3) === 0 ? models : [pick(models)]
  const gpus = Array.from({ length: 1 + random(3) }, (_, number) => {
    const gpu = pick(kinds)
    return { gpu, there: random(2) === 0 ? 0 : pick(gpu.sets), node: `n${number % 2}` }
  })
  const requests = Array.from({ length: 1 + random(4) }, (): FleetRequest => {
    const gpu = pick(gpus).gpu
    const profile = pick(gpu.geometry.profiles)
    return {
      count: 1 + random(3),
      ...(random(2) === 0
        ? { profile: profile.name }
        : { need: { memoryMiB: profile.memoryMiB - random(2), computeSlices: random(4) } }),
      ...(random(4) === 0 ? { value: 1 + random(5) } : {}),
      ...(random(5) === 0 ? { where: { nodes: [`n${random(2)}`] } } : {}),
    }
  })
  return { gpus, requests }
}

function serves(request: FleetRequest, { gpu, node }: AssignedGpu): readonly number[] {
  if (request.where?.nodes?.includes(node) === false) return []
  return gpu.geometry.profiles.flatMap(({ name, memoryMiB, sliceCount }, position) => {
    const { memoryMiB: memory = 0, computeSlices = 0 } = request.need ?? {}
    const isIt =
      request.profile === undefined
        ? memoryMiB >= memory && sliceCount >= computeSlices
        : name === request.profile
    return isIt ? [position] : []
  })
}

const toFleetGpu = ({ gpu, there, node }: AssignedGpu, number: number): FleetGpu => ({
  id: `gpu${number}`,
  node,
  geometry: gpu.geometry,
  layout: layoutOf(gpu, there),
})

describe('2,000 random small fleets: mixed models, some in use, by profile and by need', () => {
  test.each([0, 1, 2, 3])(
    'In part %i, packFleet is as good as the assignment model that HiGHS solves',
    async (part) => {
      const highs = await loadHighs()
      for (let seed = part * 500; seed < part * 500 + 500; seed += 1) {
        const { gpus, requests } = drawFleet(seed)
        const problem: PackFleetProblem = { requests, gpus: gpus.map(toFleetGpu) }
        const { objective, lowerBound, certificate, ...packing } = await packFleet(problem)
        const { unplacedValue, gpus: used } = objective
        expect({ seed, unplacedValue, gpus: used }).toEqual({
          seed,
          ...solveAssignment(highs, requests, gpus, serves),
        })
        expect({ seed, ...lowerBound }).toEqual({ seed, ...objective })
        expect(verifyBound(problem, certificate)).toMatchObject({ valid: true })
        expect(findPackingFault(problem, { objective, ...packing })).toBeNull()
      }
    },
  )
})
