// Packing of empty GPUs as other programs do it: each request goes to the first GPU that it fits on.

const maskOf = ({ size }, start) => ((1 << size) - 1) << start

export const lowestStart = (profile, mask) =>
  profile.starts.find((start) => (mask & maskOf(profile, start)) === 0) ?? -1

/** Project-HAMi/HAMi: 1g and 3g at the highest start, others at the lowest. */
export const hamiStart = (profile, mask) => {
  const free = profile.starts.filter((start) => (mask & maskOf(profile, start)) === 0)
  const highest = /^[13]g/.test(profile.name) && profile.size !== 2
  return (highest ? free.at(-1) : free[0]) ?? -1
}

/** The number of GPUs in use. `requests` are positions of profiles, in the order in which they come. */
export function packFirstFit(gpu, requests, start) {
  const masks = []
  // GPUs only fill up, so this profile fits on none before the last one that took it.
  const firsts = gpu.map(() => 0)
  for (const position of requests) {
    const profile = gpu[position]
    let number = firsts[position]
    while (start(profile, masks[number] ?? 0) < 0) number += 1
    firsts[position] = number
    masks[number] = (masks[number] ?? 0) | maskOf(profile, start(profile, masks[number] ?? 0))
  }
  return masks.length
}

/** The largest first, and equal ones in the order of the list. */
export function decreasing(gpu, requests) {
  return requests.toSorted((a, b) => gpu[b].size - gpu[a].size)
}
