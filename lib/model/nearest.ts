/** The candidate that a person most likely meant; null if none is near. */
export function findNearest(text: string, candidates: Iterable<string>): string | null {
  let nearest: string | null = null
  // With more than a third of the letters wrong it is another word.
  let best = Math.floor(Math.max(text.length, 3) / 3)
  const from = [...text.toLowerCase()]
  for (const candidate of candidates) {
    const to = candidate.toLowerCase()
    // The difference in length is a lower bound of the distance.
    if (Math.abs(to.length - from.length) > best) continue
    const distance = editDistance(from, to)
    if (distance < best || (distance === best && nearest === null)) {
      nearest = candidate
      best = distance
    }
  }
  return nearest
}

/** A hint for an unknown name: the nearest of the names, else those in `listed`. */
export function suggestName(
  name: string,
  names: readonly string[],
  listed: readonly string[] = names,
): string {
  const nearest = findNearest(name, names)
  return nearest === null ? `there are ${listed.join(', ')}` : `did you mean ${nearest}?`
}

/** The candidates most similar to a text, however little, the nearest first. */
export function listNearest(
  text: string,
  candidates: readonly string[],
  most: number,
): readonly string[] {
  const from = [...text.toLowerCase()]
  return candidates
    .map((candidate) => ({ candidate, distance: editDistance(from, candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ candidate }) => candidate)
}

/** Levenshtein's distance, row by row; two swapped letters count as one mistake. */
function editDistance(from: readonly string[], to: string): number {
  let above: readonly number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (const [line, letter] of from.entries()) {
    const next = [line + 1]
    for (let column = 1; column <= to.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (to[column - 1] === letter ? 0 : 1)
      const least = Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1)
      const isSwapped =
        line > 0 && column > 1 && from[line - 1] === to[column - 1] && letter === to[column - 2]
      next.push(isSwapped ? Math.min(least, (above[column - 2] ?? 0) + 1) : least)
    }
    above = row
    row = next
  }
  return row[to.length] ?? 0
}
