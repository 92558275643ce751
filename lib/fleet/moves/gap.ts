/** By how much a figure is above its bound, as a part of itself. */
export function gapOf(reached: number, bound: number): number {
  return reached === bound ? 0 : (reached - bound) / reached
}
