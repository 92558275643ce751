// Online placement as other programs do it, each rewritten from its description: where on a GPU, and on which
// GPU. A GPU is the set of its occupied memory slots. Among equal GPUs, the first is taken.

/** `place`: start on a GPU in this state, or -1. `score`: the smaller the better; null: the first GPU that it fits on. */
export const onlineBaselines = {
  // k8s-dra-driver-gpu: the first device, by name, that fits.
  'DRA order': (gpu) => ({ place: lowestStart(gpu), score: null }),
  // Project-HAMi/HAMi: 1g and 3g at the highest start, others at the lowest; the fullest GPU.
  HAMi: (gpu) => ({ place: hamiStart(gpu), score: fullest(gpu, hamiStart(gpu)) }),
  // openshift/instaslice-operator: most free slots, first listed start.
  instaslice: (gpu) => ({ place: lowestStart(gpu), score: (mask) => countBits(mask) }),
  'best-fit, lowest start': (gpu) => ({ place: lowestStart(gpu), score: fullest(gpu) }),
  // Weng et al. 2023, on the MIG geometry; then the fullest GPU.
  FGD: (gpu, mix) => leastGrowth(gpu, (mask) => unusable(gpu, mix, mask), true),
  // Zambianco et al. 2025, as far as its abstract says: free slots in places that are partly taken.
  'Zambianco-like': (gpu) => leastGrowth(gpu, (mask) => partlyTaken(gpu, mask), false),
}

/** Slots of one GPU: profiles by position with their size and starts. */
export function slotGpu(geometry) {
  return geometry.profiles.map(({ name, placements }) => ({
    name,
    size: placements[0].size,
    starts: placements.map(({ start }) => start),
  }))
}

const maskOf = ({ size }, start) => ((1 << size) - 1) << start

function startsFree(profile, mask) {
  return profile.starts.filter((start) => (mask & maskOf(profile, start)) === 0)
}

const lowestStart = (gpu) => (mask, position) => startsFree(gpu[position], mask)[0] ?? -1

const hamiStart = (gpu) => (mask, position) => {
  const starts = startsFree(gpu[position], mask)
  const highest = /^[13]g/.test(gpu[position].name) && gpu[position].size !== 2
  return (highest ? starts.at(-1) : starts[0]) ?? -1
}

const fullest = () => (mask) => -countBits(mask)

function leastGrowth(gpu, potential, thenFullest) {
  const values = Array.from({ length: 256 }, (_, mask) => potential(mask))
  const growth = (mask, position, start) =>
    values[mask | maskOf(gpu[position], start)] - values[mask]
  const place = (mask, position) => {
    let best = -1
    for (const start of startsFree(gpu[position], mask)) {
      if (best < 0 || growth(mask, position, start) < growth(mask, position, best)) best = start
    }
    return best
  }
  const score = (mask, position) =>
    growth(mask, position, place(mask, position)) * 16 - (thenFullest ? countBits(mask) : 0)
  return { place, score }
}

function unusable(gpu, mix, mask) {
  return gpu.reduce(
    (sum, profile, position) =>
      sum + (startsFree(profile, mask).length === 0 ? mix[position] * (8 - countBits(mask)) : 0),
    0,
  )
}

function partlyTaken(gpu, mask) {
  let sum = 0
  for (const profile of gpu) {
    for (const start of profile.starts) {
      const place = maskOf(profile, start)
      if ((place & mask) !== 0) sum += countBits(place & ~mask)
    }
  }
  return sum
}

function countBits(mask) {
  let count = 0
  for (let rest = mask; rest !== 0; rest &= rest - 1) count += 1
  return count
}

/** Counts requested and given instances by position, without the first tenth. Blocked requests are lost. */
export function replayBaseline(gpu, gpuCount, { positions, events }, { place, score }) {
  const starts = new Int8Array(gpu.length * 256)
  const scores = new Int32Array(gpu.length * 256)
  for (let position = 0; position < gpu.length; position += 1) {
    for (let mask = 0; mask < 256; mask += 1) {
      const start = place(mask, position)
      starts[position * 256 + mask] = start
      scores[position * 256 + mask] = start < 0 || score === null ? 0 : score(mask, position)
    }
  }
  const first = score === null
  const masks = new Uint8Array(gpuCount)
  const gpuOf = new Int32Array(positions.length).fill(-1)
  const taken = new Uint8Array(positions.length)
  const asked = new Float64Array(gpu.length)
  const given = new Float64Array(gpu.length)
  const warmUp = positions.length / 10
  for (const event of events) {
    if (event < 0) {
      if (gpuOf[~event] >= 0) masks[gpuOf[~event]] &= ~taken[~event]
      continue
    }
    const position = positions[event]
    const base = position * 256
    let chosen = -1
    let best = 0x7fffffff
    for (let number = 0; number < gpuCount; number += 1) {
      const index = base + masks[number]
      if (starts[index] < 0 || scores[index] >= best) continue
      chosen = number
      if (first) break
      best = scores[index]
    }
    if (event >= warmUp) asked[position] += 1
    if (chosen < 0) continue
    if (event >= warmUp) given[position] += 1
    const mask = maskOf(gpu[position], starts[base + masks[chosen]])
    gpuOf[event] = chosen
    taken[event] = mask
    masks[chosen] |= mask
  }
  return { asked, given }
}
