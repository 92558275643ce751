import { anchor, createEpochs, nextWeight } from './epochs.js'
import type { Budget } from './linear-program.js'
import { normOf, type RowProgram, scaleProgram, startWeight } from './scale-program.js'

const msOfColumn = 0.001

/** Whether there is time to list so many columns, for a first step and for its prices, which is done at one go. */
export function mayApproach(columns: number, leftMs: number): boolean {
  return columns * msOfColumn <= leftMs
}

// Loops here read with `as number`, as in `simplex-basis.ts`.

/** Where a first-order method has come to. `rowPrices`: as those of a simplex, but only nearly feasible. */
export interface NearSolution {
  readonly values: Float64Array
  readonly rowPrices: Float64Array
}

/**
 * Minimises a linear program that is too large for a simplex, by steps that only multiply with its matrix.
 * `look` sees the solution now and then, and ends the search by returning true. No step depends on time.
 *
 * The method is the primal-dual hybrid gradient with reflected Halpern steps and restarts (Lu and Yang,
 * 2024). It comes near the optimum soon, and reaches it slowly. So its prices have to be made feasible.
 */
export function approach(
  program: RowProgram,
  costs: Float64Array,
  budget: Budget,
  look: (solution: NearSolution) => boolean,
  start: NearSolution | null = null,
): NearSolution {
  const scaled = scaleProgram(program, costs, budget)
  const { rowCount, columnCount, lower, upper, cost } = scaled
  const step = 0.998 / normOf(scaled, budget)
  let weight = startWeight(scaled)
  const x = new Float64Array(columnCount)
  const y = new Float64Array(rowCount)
  if (start !== null) {
    for (let column = 0; column < columnCount; column += 1)
      x[column] = (start.values[column] as number) / (scaled.ofColumn[column] as number)
    for (let row = 0; row < rowCount; row += 1)
      y[row] = (start.rowPrices[row] as number) / (scaled.ofRow[row] as number)
  }
  const x0 = x.slice()
  const y0 = y.slice()
  const nextX = new Float64Array(columnCount)
  const nextY = new Float64Array(rowCount)
  const reflected = new Float64Array(columnCount)
  const solution = (): NearSolution => ({
    values: nextX.map((value, column) => value * (scaled.ofColumn[column] as number)),
    rowPrices: nextY.map((value, row) => value * (scaled.ofRow[row] as number)),
  })
  const work = Math.ceil((scaled.entryOf.length * 2 + rowCount * 4 + columnCount * 6) / 300)
  const epochs = createEpochs()
  for (let steps = 1; steps <= mostSteps; steps += 1) {
    const tau = step / weight
    const sigma = step * weight
    for (let column = 0; column < columnCount; column += 1) {
      let gradient = cost[column] as number
      const to = scaled.starts[column + 1] as number
      for (let k = scaled.starts[column] as number; k < to; k += 1) {
        gradient -= (scaled.entryOf[k] as number) * (y[scaled.rowOf[k] as number] as number)
      }
      const before = x[column] as number
      const after = Math.max(0, before - tau * gradient)
      nextX[column] = after
      reflected[column] = 2 * after - before
    }
    for (let row = 0; row < rowCount; row += 1) {
      let sum = 0
      const to = scaled.rowStarts[row + 1] as number
      for (let k = scaled.rowStarts[row] as number; k < to; k += 1) {
        sum +=
          (scaled.rowEntryOf[k] as number) * (reflected[scaled.columnOf[k] as number] as number)
      }
      // What is above the price of the row's lower limit pays for it; what is below pays for the upper one.
      const free = (y[row] as number) / sigma - sum
      nextY[row] =
        sigma *
        (Math.max(0, free + (lower[row] as number)) + Math.min(0, free + (upper[row] as number)))
    }
    let ofX = 0
    for (let column = 0; column < columnCount; column += 1)
      ofX += ((nextX[column] as number) - (x[column] as number)) ** 2
    let ofY = 0
    for (let row = 0; row < rowCount; row += 1)
      ofY += ((nextY[row] as number) - (y[row] as number)) ** 2
    const residual = Math.sqrt(ofX * weight + ofY / weight)
    const goesOn = budget.spend(work)
    if ((!goesOn || steps % lookEvery === 0) && look(solution())) return solution()
    if (!goesOn) return solution()
    if (epochs.endAfter(residual, steps)) {
      let movedX = 0
      for (let column = 0; column < columnCount; column += 1)
        movedX += ((nextX[column] as number) - (x0[column] as number)) ** 2
      let movedY = 0
      for (let row = 0; row < rowCount; row += 1)
        movedY += ((nextY[row] as number) - (y0[row] as number)) ** 2
      weight = nextWeight(weight, movedX, movedY)
      x.set(nextX)
      y.set(nextY)
      x0.set(x)
      y0.set(y)
      continue
    }
    const keep = epochs.keep()
    anchor(x, nextX, x0, keep)
    anchor(y, nextY, y0, keep)
  }
  return solution()
}

const mostSteps = 40_000
const lookEvery = 40
