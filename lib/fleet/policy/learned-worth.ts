import { at } from '../online/bit-set.js'
import { createGpuBuckets } from '../online/gpu-buckets.js'
import type { LayoutTable } from '../online/layout-table.js'
import type { ArrivalTrace } from './arrival-trace.js'
import type { Ranking } from './ranking.js'

/** What a request that comes a few stays from now counts for: 1 / (1 - this) requests are looked ahead. */
const discount = 0.997

/**
 * What a GPU of each residual class is worth, learned from what happened after: least squares of temporal
 * differences (Bradtke and Barto 1996) on the numbers of GPUs in each class, where a lost request costs its
 * memory units. In memory units, by layout.
 */
export function learnWorth(
  table: LayoutTable,
  gpuCount: number,
  { positions, events }: ArrivalTrace,
  ranking: Ranking,
): Float64Array {
  const { count, placeCount, next, previous, states, tables } = table
  const classOf = states.map((state) => tables.residuals?.classOf[state] ?? 0)
  const size = tables.residuals?.classes.length ?? 1
  const { layoutOf, best, firstGpu, setLayout } = createGpuBuckets(table, gpuCount, ranking)
  const inClass = new Float64Array(size)
  inClass[at(classOf, 0)] = gpuCount
  const before = new Float64Array(size)
  const width = size + 1
  const matrix = new Float64Array(size * width)
  for (let row = 0; row < size; row += 1) matrix[row * width + row] = 1
  const columns = new Int32Array(size)
  const rows = new Int32Array(size)
  const gpuOf = new Int32Array(positions.length).fill(-1)
  const placeOf = new Int32Array(positions.length)
  const differences = new Float64Array(size)
  const enter = (gpu: number, layout: number): void => {
    const from = at(classOf, at(layoutOf, gpu))
    const to = at(classOf, layout)
    inClass[from] = at(inClass, from) - 1
    inClass[to] = at(inClass, to) + 1
    setLayout(gpu, layout)
  }
  const warmUp = positions.length / 20
  for (let index = 0; index < events.length; index += 1) {
    const event = at(events, index)
    if (event < 0) {
      const gpu = at(gpuOf, ~event)
      if (gpu >= 0) enter(gpu, at(previous, at(layoutOf, gpu) * placeCount + at(placeOf, ~event)))
      continue
    }
    const position = positions[event] ?? 0
    const layout = best(position)
    let reward = 0
    if (layout < 0) {
      reward = -(tables.profiles[position]?.unitCount ?? 0)
    } else {
      const gpu = firstGpu(layout, 0)
      const place = at(ranking.placeOf, position * count + layout)
      gpuOf[event] = gpu
      placeOf[event] = place
      enter(gpu, at(next, layout * placeCount + place))
    }
    if (event > warmUp) {
      let columnCount = 0
      let rowCount = 0
      for (let number = 0; number < size; number += 1) {
        const was = at(before, number)
        const difference = was - discount * at(inClass, number)
        differences[number] = difference
        if (difference !== 0) columns[columnCount++] = number
        if (was !== 0) rows[rowCount++] = number
      }
      for (let index = 0; index < rowCount; index += 1) {
        const row = at(rows, index)
        const weight = at(before, row)
        const base = row * width
        for (let listed = 0; listed < columnCount; listed += 1) {
          const column = at(columns, listed)
          matrix[base + column] = at(matrix, base + column) + weight * at(differences, column)
        }
        matrix[base + size] = at(matrix, base + size) + weight * reward
      }
    }
    before.set(inClass)
  }
  const worth = solve(
    Array.from({ length: size }, (_, row) => matrix.subarray(row * width, (row + 1) * width)),
    size,
  )
  return Float64Array.from(classOf, (number) => at(worth, number))
}

/** Gaussian elimination with partial pivoting; the last column is the right side. */
function solve(matrix: Float64Array[], size: number): Float64Array {
  const cell = (row: number, column: number): number => matrix[row]?.[column] ?? 0
  for (let step = 0; step < size; step += 1) {
    let pivot = step
    for (let row = step + 1; row < size; row += 1) {
      if (Math.abs(cell(row, step)) > Math.abs(cell(pivot, step))) pivot = row
    }
    const chosen = matrix[pivot]
    const replaced = matrix[step]
    if (chosen === undefined || replaced === undefined || cell(pivot, step) === 0) continue
    matrix[pivot] = replaced
    matrix[step] = chosen
    for (const values of matrix.slice(step + 1)) {
      const factor = at(values, step) / at(chosen, step)
      if (factor === 0) continue
      for (let column = step; column <= size; column += 1) {
        values[column] = at(values, column) - factor * at(chosen, column)
      }
    }
  }
  const solution = new Float64Array(size)
  for (let row = size - 1; row >= 0; row -= 1) {
    let rest = cell(row, size)
    for (let column = row + 1; column < size; column += 1) {
      rest -= cell(row, column) * at(solution, column)
    }
    solution[row] = cell(row, row) === 0 ? 0 : rest / cell(row, row)
  }
  return solution
}
