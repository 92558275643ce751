/** The candidate that a person most likely meant; null when none is near. */
export function findNearest(text: string, candidates: Iterable<string>): string | null {
  let nearest: string | null = null
  // A third of the letters wrong is another word.
  let best = Math.floor(Math.max(text.length, 3) / 3)
  for (const candidate of candidates) {
    const distance = editDistance(text.toLowerCase(), candidate.toLowerCase())
    if (distance < best || (distance === best && nearest === null)) {
      nearest = candidate
      best = distance
    }
  }
  return nearest
}

/** Levenshtein's, by rows. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1]
    for (let column = 1; column <= to.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (to[column - 1] === letter ? 0 : 1)
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
