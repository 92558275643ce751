/** GPUs of several sources in the order of the fleet. None of them is read. */
export interface OrderedMembers<S> {
  readonly length: number
  readonly positionAt: (number: number) => number
  readonly at: (number: number) => { readonly source: S; readonly index: number }
  /** The first so many. */
  readonly first: (length: number) => OrderedMembers<S>
}

/** GPUs in the order of the fleet. */
interface Positions {
  readonly length: number
  readonly positionAt: (index: number) => number
}

export function orderMembers<S>(
  sources: readonly S[],
  listOf: (source: S) => Positions,
): OrderedMembers<S> {
  const lists = sources.map(listOf)
  const length = lists.reduce((sum, list) => sum + list.length, 0)
  const sourceOf = new Int32Array(lists.length > 1 ? length : 0)
  const indexOf = new Int32Array(sourceOf.length)
  const positions = new Int32Array(sourceOf.length)
  if (lists.length > 1) {
    const all = new Int32Array(length)
    const order = new Uint32Array(length)
    const starts: number[] = []
    let last = 0
    for (const list of lists) {
      starts.push(last)
      for (let index = 0; index < list.length; index += 1) {
        order[last] = last
        all[last] = list.positionAt(index)
        last += 1
      }
    }
    const sourceAt = new Int32Array(length)
    for (const [source, start] of starts.entries())
      sourceAt.fill(source, start, starts[source + 1] ?? length)
    order.sort((a, b) => (all[a] as number) - (all[b] as number))
    for (const [number, from] of order.entries()) {
      const source = sourceAt[from] as number
      sourceOf[number] = source
      indexOf[number] = from - (starts[source] as number)
      positions[number] = all[from] as number
    }
  }
  const positionAt = (number: number): number =>
    lists.length > 1 ? (positions[number] as number) : (lists[0]?.positionAt(number) ?? 0)
  const at = (number: number): { readonly source: S; readonly index: number } =>
    lists.length > 1
      ? { source: sources[sourceOf[number] as number] as S, index: indexOf[number] as number }
      : { source: sources[0] as S, index: number }
  const first = (most: number): OrderedMembers<S> => ({ length: most, positionAt, at, first })
  return first(length)
}
