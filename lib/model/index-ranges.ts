/** `0-3, 6` for 0, 1, 2, 3 and 6. */
export function formatIndexRanges(indexes: readonly number[], dash = '-'): string {
  const ranges: { first: number; last: number }[] = []
  for (const index of indexes.toSorted((a, b) => a - b)) {
    const range = ranges.at(-1)
    if (range !== undefined && index <= range.last + 1) range.last = index
    else ranges.push({ first: index, last: index })
  }
  return ranges
    .map(({ first, last }) => {
      if (first === last) return `${first}`
      return last === first + 1 ? `${first}, ${last}` : `${first}${dash}${last}`
    })
    .join(', ')
}
