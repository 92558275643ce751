/**
 * Assigns a column of its own to every row so that the sum of costs is least (the Hungarian method, with
 * shortest augmenting paths). Deterministic among equal sums. There must be at least as many columns as
 * rows.
 */
export function assignCheapest(costs: readonly (readonly number[])[]): readonly number[] {
  const columns = costs[0]?.length ?? 0
  const rowPrice = new Array<number>(costs.length).fill(0)
  const columnPrice = new Array<number>(columns).fill(0)
  const rowOf = new Array<number>(columns).fill(-1)
  const reduced = (row: number, column: number): number =>
    (costs[row]?.[column] ?? 0) - (rowPrice[row] ?? 0) - (columnPrice[column] ?? 0)

  for (const start of costs.keys()) {
    const least = new Array<number>(columns).fill(Number.POSITIVE_INFINITY)
    const from = new Array<number>(columns).fill(-1)
    const done = new Set<number>()
    let row = start
    let at = -1
    do {
      for (let column = 0; column < columns; column++) {
        const cost = reduced(row, column)
        if (done.has(column) || cost >= (least[column] ?? 0)) continue
        least[column] = cost
        from[column] = at
      }
      at = nearest(least, done)
      const step = least[at] ?? 0
      rowPrice[start] = (rowPrice[start] ?? 0) + step
      for (const column of done) {
        const assigned = rowOf[column] ?? -1
        rowPrice[assigned] = (rowPrice[assigned] ?? 0) + step
        columnPrice[column] = (columnPrice[column] ?? 0) - step
      }
      for (const column of least.keys()) {
        if (!done.has(column)) least[column] = (least[column] ?? 0) - step
      }
      done.add(at)
      row = rowOf[at] ?? -1
    } while (row >= 0)
    while (at >= 0) {
      const before = from[at] ?? -1
      rowOf[at] = before < 0 ? start : (rowOf[before] ?? -1)
      at = before
    }
  }
  return costs.map((_, row) => rowOf.indexOf(row))
}

function nearest(least: readonly number[], done: ReadonlySet<number>): number {
  let best = -1
  for (const [column, cost] of least.entries()) {
    if (!done.has(column) && (best < 0 || cost < (least[best] ?? 0))) best = column
  }
  return best
}
