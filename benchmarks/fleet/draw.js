/** Draws a key of `weights` in proportion to its weight; `random` returns numbers from 0 to 1. */
export function drawKey(weights, random) {
  const entries = Object.entries(weights)
  let left = random() * entries.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [key, weight] of entries) {
    left -= weight
    if (left < 0) return key
  }
  return entries[0][0]
}
