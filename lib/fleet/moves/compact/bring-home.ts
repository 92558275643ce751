import type { ChainSearch } from '../../pack/find-chain.js'
import type { LoadedGpu, LoadItem } from '../../pack/gpu-loads.js'
import type { InstanceLoads, LoadedInstance } from './instance-loads.js'

/** Whether an instance is where it was. */
export function isAtHome(
  { home }: LoadedInstance,
  gpu: LoadedGpu,
  { option }: Pick<LoadItem, 'option'>,
): boolean {
  return home !== null && home.gpu === gpu && home.option === option
}

/**
 * Moves less for the same GPUs: an instance goes back to its GPU, and those that have come there go elsewhere, as long as
 * nothing else leaves its home.
 */
export function bringHome(
  { loads, instances }: InstanceLoads,
  chains: ChainSearch,
  spend: (amount: number) => boolean,
): void {
  const stays = (gpu: LoadedGpu, item: LoadItem): boolean => {
    const instance = instances[item.demand]
    return instance !== undefined && isAtHome(instance, gpu, item)
  }
  const isOpen = ({ group, items }: LoadedGpu): boolean => group.inUse || items.length > 0
  const listAway = (): readonly Away[] =>
    loads.gpus.flatMap((gpu) =>
      gpu.items
        .filter((item) => !stays(gpu, item))
        .map((item) => ({ gpu, item, cost: instances[item.demand]?.instance.cost ?? 0 })),
    )
  for (let isBetter = true; isBetter; ) {
    isBetter = false
    const away = [...listAway()].sort((a, b) => b.cost - a.cost)
    for (const { gpu, item, cost } of away) {
      if (!spend(loads.demands.length)) return
      const home = instances[item.demand]?.home ?? null
      if (cost === 0 || home === null || !isOpen(home.gpu) || !gpu.items.includes(item)) continue
      const mark = loads.mark()
      loads.remove(gpu, item)
      const gone = makeWay(home.gpu, item.demand, home.option)
      const fixed = new Set(
        gone === null
          ? []
          : loads.gpus.flatMap((each) => each.items.filter((other) => stays(each, other))),
      )
      const rules = { mayUse: isOpen, fixed }
      if (gone?.every(({ demand }) => chains.place(demand, rules)) === true) {
        loads.commit()
        isBetter = true
      } else loads.undo(mark)
    }
  }

  /** Places the demand, after as few of the strangers as possible have left. Null: it has no place even so. */
  function makeWay(gpu: LoadedGpu, demand: number, option: number): readonly LoadItem[] | null {
    if (loads.place(gpu, demand, option)) return []
    const strangers = gpu.items.filter((item) => !stays(gpu, item))
    for (const stranger of strangers) {
      const mark = loads.mark()
      loads.remove(gpu, stranger)
      if (loads.place(gpu, demand, option)) return [stranger]
      loads.undo(mark)
    }
    const gone: LoadItem[] = []
    for (const stranger of strangers) {
      loads.remove(gpu, stranger)
      gone.push(stranger)
      if (loads.place(gpu, demand, option)) return gone
    }
    return null
  }
}

interface Away {
  readonly gpu: LoadedGpu
  readonly item: LoadItem
  readonly cost: number
}
