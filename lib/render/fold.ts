import { groupBy } from '../model/group-by.js'
import type { Panel } from './panel.js'

/** One or two panels of one GPU. */
interface Drawn {
  readonly panels: readonly Panel[]
}

/** GPUs that look the same, as the first of them with the indexes of all. */
export function foldAlike<T extends Drawn>(items: readonly T[]): readonly T[] {
  const looksOf = ({ panels }: T): string =>
    JSON.stringify(panels.map(({ indexes: _, ...looks }) => looks))
  return [...groupBy(items, looksOf).values()].flatMap((same) => {
    const [first] = same
    if (first === undefined) return []
    const indexes = same.flatMap(({ panels: [panel] }) => panel?.indexes ?? [])
    return [{ ...first, panels: first.panels.map((panel) => ({ ...panel, indexes })) }]
  })
}
