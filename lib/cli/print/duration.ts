/** `3.2 ms`, or from a second on `21.4 s`. */
export function formatDuration(ms: number): string {
  return ms < 999.95 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(1)} s`
}
