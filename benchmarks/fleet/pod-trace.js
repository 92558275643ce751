// The pods of W13: they arrive, wait for a while, run, and end. Each wants one device of an A100-40GB.
import { createRandom } from '../../build/modules/fleet/policy/random.js'
import { catalogGeometry } from '../solver/catalog.js'
import { drawKey } from './draw.js'
import { mixes } from './w3-online.js'

export const model = 'a100-40gb'
export const { profiles } = catalogGeometry(model)
export const sizes = ['1g.5gb', '1g.10gb', '2g.10gb', '3g.20gb', '4g.20gb', '7g.40gb']
/** Minutes in the mean. */
const stay = 60
/** How long a pod waits, in minutes. */
export const patience = 30
const memoryOf = (size) => profiles.find(({ name }) => name === size).placements[0].size

/** Pods in the order of their arrival, in minutes. */
export function drawPods({ pods, load, gpus, mix, seed }) {
  const random = createRandom(seed)
  const draw = () => random.word() / 2 ** 32
  const total = mix.reduce((sum, share) => sum + share, 0)
  const meanMemory = sizes.reduce((sum, size, at) => sum + (mix[at] / total) * memoryOf(size), 0)
  const perMinute = (load * 8 * gpus) / (meanMemory * stay)
  const weights = Object.fromEntries(sizes.map((size, at) => [size, mix[at]]))
  let now = 0
  return Array.from({ length: pods }, (_, number) => {
    now -= Math.log(1 - draw()) / perMinute
    return {
      id: `t/p${number}`,
      size: drawKey(weights, draw),
      arrives: now,
      stays: -Math.log(1 - draw()) * stay,
    }
  })
}

/**
 * The same in whole steps of some minutes, where each mix has its part of the pods, one after the other. A pod runs for at least one step.
 */
export function drawPodsBySteps({ pods, load, gpus, seed, names, minutes }) {
  let from = 0
  return names.flatMap((name, phase) => {
    const share =
      Math.floor(((phase + 1) * pods) / names.length) - Math.floor((phase * pods) / names.length)
    const drawn = drawPods({ pods: share, load, gpus, mix: mixes[name], seed: seed + phase })
    const begins = from
    from += drawn.at(-1)?.arrives ?? 0
    return drawn.map(({ size, arrives, stays }, number) => ({
      id: `${name}-${number}`,
      size,
      arrives: Math.ceil((begins + arrives) / minutes),
      stays: Math.max(1, Math.round(stays / minutes)),
    }))
  })
}
