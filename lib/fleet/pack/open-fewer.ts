import { annealLoads } from './anneal-loads.js'
import { closeGpus, isOpened } from './close-gpus.js'
import type { LoadedGpu } from './gpu-loads.js'
import type { Exchange } from './improve-loads.js'

/** Moves of the first walk for each request; each one that follows is twice as long. */
const movesEach = 1000
/** Moves of walks before GPUs are closed one by one, and of all walks. */
const firstMoves = 4_000_000
const mostMoves = 8_000_000
const mostMovesEach = 64_000

/** Opens fewer GPUs, until `target` are opened or the search has gone on for long. What has a place keeps one. */
export function openFewer(
  exchange: Exchange,
  isOpen: (gpu: LoadedGpu) => boolean,
  target: number,
): void {
  const { loads, spend } = exchange
  const requests = loads.gpus.reduce((sum, { items }) => sum + items.length, 0)
  let moves = 0
  let round = 0
  const isMet = (): boolean => loads.gpus.filter(isOpened).length <= target
  const walk = (most: number): void => {
    while (!isMet() && moves < most && spend(1)) {
      const next = Math.min(movesEach * requests * 2 ** round, most - moves)
      annealLoads(loads, { isOpen, target, moves: next, seed: round, spend })
      moves += next
      round += 1
    }
  }
  const most = Math.min(mostMoves, mostMovesEach * requests)
  closeGpus(exchange, isOpen, target, { walks: false })
  walk(Math.min(most, firstMoves))
  closeGpus(exchange, isOpen, target)
  walk(most)
}
