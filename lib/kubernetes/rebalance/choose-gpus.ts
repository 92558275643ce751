import { cached } from '../../model/cached.js'
import { numberAt } from '../../model/numbers.js'
import type { CellClass } from './cells.js'
import type { RebalanceProgram } from './class-program.js'
import type { ModelGpu, ModelNode } from './cluster-model.js'
import type { GpuOption } from './compare-options.js'
import { createLedger, type EffectLedger } from './effect-ledger.js'
import type { OptionLister } from './gpu-options.js'
import { type Effect, listEffects } from './option-effects.js'
import type { Purse } from './purse.js'

type Taken = readonly (readonly [gpu: ModelGpu, effect: Effect])[]

/** GPUs for the counts of a solution: the node on which most of the changes that are left can be made, again and again. */
export function chooseGpus(
  lister: OptionLister,
  purse: Purse,
  { cells, options, isFine }: RebalanceProgram,
  counts: Float64Array,
): Map<ModelGpu, GpuOption> {
  const chosen = new Map<ModelGpu, GpuOption>()
  const wanted = new Map<CellClass, Map<string, number>>()
  for (const { column, ofClass, effect } of options) {
    const count = Math.round(numberAt(counts, column))
    if (count > 0 && effect !== ofClass.effects[0])
      cached(wanted, ofClass, () => new Map<string, number>()).set(effect.key, count)
  }
  // A GPU has effects of its own with the same keys as its class, with instances of its own.
  const effectsOf = (gpu: ModelGpu): ReadonlyMap<string, Effect> =>
    listEffects(lister.list(gpu), isFine ? lister.mostRoom(gpu) : null).byKey
  const kept = new Set<ModelGpu>()
  const choose = (gpu: ModelGpu, option: GpuOption): void => {
    purse.spend(gpu, option)
    chosen.set(gpu, option)
  }
  /** A GPU that a budget or the number of nodes keeps is not tried again. */
  const mayGo = (gpu: ModelGpu, option: GpuOption): boolean => {
    const may = purse.allows(gpu, option)
    if (!may) kept.add(gpu)
    return may
  }
  for (const { classes, nodes } of cells) {
    const ledger = createLedger(classes, (ofClass) => wanted.get(ofClass) ?? new Map())
    if (ledger.left.size === 0) continue
    const queue = nodes.map((node) => ({ node, most: node.gpus.length }))
    while (ledger.left.size > 0) {
      let best: { readonly entry: (typeof queue)[number]; readonly taken: Taken } | null = null
      queue.sort((a, b) => b.most - a.most)
      for (const entry of queue) {
        // What is left only becomes less, so an old count is a bound.
        if (entry.most <= (best?.taken.length ?? 0)) break
        const taken = matchNode(
          entry.node,
          ledger,
          effectsOf,
          (gpu) => !chosen.has(gpu) && !kept.has(gpu),
        )
        entry.most = taken.length
        if (taken.length > (best?.taken.length ?? 0)) best = { entry, taken }
      }
      if (best === null) break
      let count = 0
      for (const [gpu, { option, key }] of best.taken) {
        const ofClass = ledger.classOf(gpu)
        if (ofClass === undefined || !mayGo(gpu, option) || !ledger.take(ofClass, key)) continue
        choose(gpu, option)
        count += 1
      }
      if (count === 0) best.entry.most = 0
    }
    // What no swap allows on these nodes.
    for (const ofClass of classes) {
      for (const gpu of ofClass.gpus) {
        const key = ledger.next(ofClass)
        if (key === undefined) break
        const effect = effectsOf(gpu).get(key)
        if (chosen.has(gpu) || effect === undefined || !mayGo(gpu, effect.option)) continue
        ledger.take(ofClass, key)
        choose(gpu, effect.option)
      }
    }
  }
  return chosen
}

/** The changes that are made on one node: each GPU takes the effect that the fewest GPUs of the node could take. */
function matchNode(
  { gpus }: ModelNode,
  { left }: EffectLedger,
  effectsOf: (gpu: ModelGpu) => ReadonlyMap<string, Effect>,
  isOpen: (gpu: ModelGpu) => boolean,
): Taken {
  const possible: { readonly gpu: ModelGpu; readonly effects: readonly Effect[] }[] = []
  const takers = new Map<string, number>()
  for (const gpu of gpus) {
    const known = effectsOf(gpu)
    if (known.size === 1 || !isOpen(gpu)) continue
    const effects: Effect[] = []
    for (const key of left.keys()) {
      const effect = known.get(key)
      if (effect === undefined) continue
      effects.push(effect)
      takers.set(key, (takers.get(key) ?? 0) + 1)
    }
    if (effects.length > 0) possible.push({ gpu, effects })
  }
  possible.sort((a, b) => a.effects.length - b.effects.length)
  const taken: (readonly [ModelGpu, Effect])[] = []
  const used = new Map<string, number>()
  for (const { gpu, effects } of possible) {
    let best: Effect | null = null
    for (const effect of effects) {
      if ((used.get(effect.key) ?? 0) >= (left.get(effect.key) ?? 0)) continue
      if (best === null || (takers.get(effect.key) ?? 0) < (takers.get(best.key) ?? 0))
        best = effect
    }
    if (best === null) continue
    taken.push([gpu, best])
    used.set(best.key, (used.get(best.key) ?? 0) + 1)
  }
  return taken
}
