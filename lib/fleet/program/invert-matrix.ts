/**
 * The inverse of a square matrix by rows, which is overwritten. Gauss-Jordan elimination with the largest
 * pivot of each column. Null: a pivot is below `leastPivot`.
 */
export function invertMatrix(
  work: Float64Array,
  size: number,
  leastPivot: number,
): Float64Array | null {
  const inverse = new Float64Array(size * size)
  for (let row = 0; row < size; row += 1) inverse[row * size + row] = 1
  for (let place = 0; place < size; place += 1) {
    const sizeAt = (row: number): number => Math.abs(work[row * size + place] as number)
    let best = place
    for (let row = place; row < size; row += 1) {
      if (sizeAt(row) > sizeAt(best)) best = row
    }
    const pivot = work[best * size + place] as number
    if (Math.abs(pivot) < leastPivot) return null
    for (const matrix of [work, inverse]) {
      for (let index = 0; index < size; index += 1) {
        const kept = matrix[place * size + index] as number
        matrix[place * size + index] = (matrix[best * size + index] as number) / pivot
        if (best !== place) matrix[best * size + index] = kept
      }
    }
    for (let row = 0; row < size; row += 1) {
      const times = work[row * size + place] as number
      if (row === place || times === 0) continue
      for (const matrix of [work, inverse]) {
        for (let index = 0; index < size; index += 1) {
          const part = matrix[place * size + index] as number
          if (part !== 0) {
            matrix[row * size + index] = (matrix[row * size + index] as number) - times * part
          }
        }
      }
    }
  }
  return inverse
}
