/** A column of a linear program: its entries other than 0. */
export interface Column {
  readonly rows: readonly number[]
  readonly values: readonly number[]
}

/** How much longer may be worked; asked after every step. */
export interface Budget {
  /** Adds work of about so many microseconds. False: stop. */
  readonly spend: (amount: number) => boolean
}

export type SimplexEnd = 'optimal' | 'infeasible' | 'stopped'

/**
 * Rows are equations, columns are not negative. A revised simplex with the inverse of the basis kept
 * dense: programs here have few rows. Floating point, as nothing rests on it: prices become whole
 * numbers before they prove anything, and packings are counted.
 */
export interface Simplex {
  readonly rowCount: number
  /** In the order of the rows. */
  readonly basis: Int32Array
  /** Values of the basic columns. */
  readonly values: Float64Array
  readonly prices: () => Float64Array
  readonly valueOf: (costs: Float64Array) => number
  /** From a basis whose values are not negative. */
  readonly minimise: (costs: Float64Array, budget: Budget) => SimplexEnd
  /** From a basis that is optimal but for its values: after `setRight`. */
  readonly repair: (costs: Float64Array, budget: Budget) => SimplexEnd
  readonly setRight: (right: Float64Array) => void
  readonly save: () => SavedBasis
  readonly restore: (saved: SavedBasis) => void
}

export interface SavedBasis {
  readonly basis: Int32Array
  readonly inverse: Float64Array
  readonly right: Float64Array
}

const tiny = 1e-9
const pivotLeast = 1e-7
const refactorEvery = 120

export function createSimplex(
  columns: readonly Column[],
  startRight: Float64Array,
  startBasis: Int32Array,
): Simplex {
  const rowCount = startRight.length
  const right = startRight.slice()
  const basis = startBasis.slice()
  const inverse = new Float64Array(rowCount * rowCount)
  const values = new Float64Array(rowCount)
  const inBasis = new Uint8Array(columns.length)
  const entering = new Float64Array(rowCount)
  let currentPrices = new Float64Array(rowCount)
  let sinceFactor = 0
  const starts = new Int32Array(columns.length + 1)
  for (const [index, { rows }] of columns.entries()) {
    starts[index + 1] = (starts[index] ?? 0) + rows.length
  }
  const rowOf = Int32Array.from(columns.flatMap(({ rows }) => rows))
  const entryOf = Float64Array.from(columns.flatMap(({ values: entries }) => entries))

  const computeValues = (): void => {
    for (let row = 0; row < rowCount; row += 1) {
      let sum = 0
      const at = row * rowCount
      for (let index = 0; index < rowCount; index += 1) {
        const amount = right[index] as number
        if (amount !== 0) sum += (inverse[at + index] as number) * amount
      }
      values[row] = Math.abs(sum) < tiny ? 0 : sum
    }
  }

  const factor = (): boolean => {
    sinceFactor = 0
    const work = new Float64Array(rowCount * rowCount)
    for (const [place, column] of basis.entries()) {
      for (let k = starts[column] as number; k < (starts[column + 1] as number); k += 1) {
        work[(rowOf[k] as number) * rowCount + place] = entryOf[k] as number
      }
    }
    inverse.fill(0)
    for (let row = 0; row < rowCount; row += 1) inverse[row * rowCount + row] = 1
    for (let place = 0; place < rowCount; place += 1) {
      let best = place
      for (let row = place; row < rowCount; row += 1) {
        if (
          Math.abs(work[row * rowCount + place] as number) >
          Math.abs(work[best * rowCount + place] as number)
        )
          best = row
      }
      const pivot = work[best * rowCount + place] as number
      if (Math.abs(pivot) < pivotLeast) return false
      for (const matrix of [work, inverse]) {
        for (let index = 0; index < rowCount; index += 1) {
          const kept = matrix[place * rowCount + index] as number
          matrix[place * rowCount + index] = (matrix[best * rowCount + index] as number) / pivot
          if (best !== place) matrix[best * rowCount + index] = kept
        }
      }
      for (let row = 0; row < rowCount; row += 1) {
        const times = work[row * rowCount + place] as number
        if (row === place || times === 0) continue
        for (const matrix of [work, inverse]) {
          for (let index = 0; index < rowCount; index += 1) {
            const part = matrix[place * rowCount + index] as number
            if (part !== 0) {
              matrix[row * rowCount + index] =
                (matrix[row * rowCount + index] as number) - times * part
            }
          }
        }
      }
    }
    return true
  }

  const loadPrices = (costs: Float64Array): void => {
    currentPrices = new Float64Array(rowCount)
    for (let row = 0; row < rowCount; row += 1) {
      const cost = costs[basis[row] as number] as number
      if (cost === 0) continue
      const at = row * rowCount
      for (let index = 0; index < rowCount; index += 1) {
        currentPrices[index] =
          (currentPrices[index] as number) + cost * (inverse[at + index] as number)
      }
    }
  }

  const reducedCost = (column: number, costs: Float64Array): number => {
    let cost = costs[column] as number
    for (let k = starts[column] as number; k < (starts[column + 1] as number); k += 1) {
      cost -= (currentPrices[rowOf[k] as number] as number) * (entryOf[k] as number)
    }
    return cost
  }

  const loadEntering = (column: number): void => {
    entering.fill(0)
    for (let k = starts[column] as number; k < (starts[column + 1] as number); k += 1) {
      const amount = entryOf[k] as number
      let at = rowOf[k] as number
      for (let row = 0; row < rowCount; row += 1, at += rowCount) {
        entering[row] = (entering[row] as number) + amount * (inverse[at] as number)
      }
    }
  }

  const pivot = (leave: number, column: number, costs: Float64Array): void => {
    const reduced = reducedCost(column, costs)
    const divisor = entering[leave] as number
    const step = (values[leave] as number) / divisor
    const at = leave * rowCount
    for (let index = 0; index < rowCount; index += 1) {
      const part = (inverse[at + index] as number) / divisor
      inverse[at + index] = part
      currentPrices[index] = (currentPrices[index] as number) + reduced * part
    }
    for (let row = 0; row < rowCount; row += 1) {
      const times = entering[row] as number
      if (row === leave || times === 0) continue
      const to = row * rowCount
      for (let index = 0; index < rowCount; index += 1) {
        const part = inverse[at + index] as number
        if (part !== 0) inverse[to + index] = (inverse[to + index] as number) - times * part
      }
      const value = (values[row] as number) - times * step
      values[row] = Math.abs(value) < tiny ? 0 : value
    }
    values[leave] = step
    inBasis[basis[leave] as number] = 0
    basis[leave] = column
    inBasis[column] = 1
    sinceFactor += 1
    if (sinceFactor >= refactorEvery && factor()) {
      computeValues()
      loadPrices(costs)
    }
  }

  const minimise = (costs: Float64Array, budget: Budget): SimplexEnd => {
    loadPrices(costs)
    let degenerate = 0
    const work = Math.ceil((rowCount * rowCount + entryOf.length) / 500)
    for (;;) {
      if (!budget.spend(work)) return 'stopped'
      // Bland's rule, the first column that helps, cannot go round in circles.
      const careful = degenerate > 50 + rowCount
      let enter = -1
      let least = -1e-8
      for (let column = 0; column < columns.length; column += 1) {
        if (inBasis[column] === 1) continue
        const cost = reducedCost(column, costs)
        if (cost >= least) continue
        enter = column
        if (careful) break
        least = cost
      }
      if (enter < 0) return 'optimal'
      loadEntering(enter)
      let leave = -1
      let shortest = Number.POSITIVE_INFINITY
      for (let row = 0; row < rowCount; row += 1) {
        const amount = entering[row] as number
        if (amount < pivotLeast) continue
        const length = Math.max(0, values[row] as number) / amount
        const isShorter = length < shortest - tiny
        const isTie = !isShorter && length < shortest + tiny
        const better = careful
          ? (basis[row] as number) < (basis[leave] ?? 0)
          : amount > (entering[leave] ?? 0)
        if (isShorter || (isTie && better)) {
          leave = row
          shortest = Math.min(shortest, length)
        }
      }
      // Costs are not negative, so no program here is unbounded: what seems so is a rounding error.
      if (leave < 0) return 'stopped'
      degenerate = shortest > tiny ? 0 : degenerate + 1
      pivot(leave, enter, costs)
    }
  }

  const repair = (costs: Float64Array, budget: Budget): SimplexEnd => {
    const work = Math.ceil((rowCount * rowCount + entryOf.length) / 500)
    for (let steps = 0; ; steps += 1) {
      if (!budget.spend(work)) return 'stopped'
      if (steps > 50 * rowCount) return 'stopped'
      let leave = -1
      let lowest = -1e-8
      for (let row = 0; row < rowCount; row += 1) {
        if ((values[row] as number) < lowest) {
          lowest = values[row] as number
          leave = row
        }
      }
      if (leave < 0) return minimise(costs, budget)
      let enter = -1
      let smallest = Number.POSITIVE_INFINITY
      let largest = 0
      const at = leave * rowCount
      for (let column = 0; column < columns.length; column += 1) {
        if (inBasis[column] === 1) continue
        let amount = 0
        for (let k = starts[column] as number; k < (starts[column + 1] as number); k += 1) {
          amount += (inverse[at + (rowOf[k] as number)] as number) * (entryOf[k] as number)
        }
        if (amount > -pivotLeast) continue
        const ratio = Math.max(0, reducedCost(column, costs)) / -amount
        if (ratio < smallest - tiny || (ratio < smallest + tiny && -amount > largest)) {
          enter = column
          smallest = Math.min(smallest, ratio)
          largest = -amount
        }
      }
      if (enter < 0) return 'infeasible'
      loadEntering(enter)
      pivot(leave, enter, costs)
    }
  }

  const markBasis = (): void => {
    inBasis.fill(0)
    for (const column of basis) inBasis[column] = 1
  }
  markBasis()
  factor()
  computeValues()

  return {
    rowCount,
    basis,
    values,
    prices: () => currentPrices.slice(),
    valueOf: (costs) =>
      basis.reduce(
        (sum, column, row) => sum + (costs[column] as number) * (values[row] as number),
        0,
      ),
    minimise,
    repair: (costs, budget) => {
      loadPrices(costs)
      return repair(costs, budget)
    },
    setRight: (next) => {
      right.set(next)
      computeValues()
    },
    save: () => ({ basis: basis.slice(), inverse: inverse.slice(), right: right.slice() }),
    restore: (saved) => {
      basis.set(saved.basis)
      inverse.set(saved.inverse)
      right.set(saved.right)
      markBasis()
      sinceFactor = 0
      computeValues()
    },
  }
}
