// Packing of empty GPUs as others do it: each request to the first GPU that has room for it.

const maskOf = ({ size }, start) => ((1 << size) - 1) << start

export const lowestStart = (profile, mask) =>
  profile.starts.find((start) => (mask & maskOf(profile, start)) === 0) ?? -1

/** Project-HAMi/HAMi: 1g and 3g at the highest start, others at the lowest. */
export const hamiStart = (profile, mask) => {
  const free = profile.starts.filter((start) => (mask & maskOf(profile, start)) === 0)
  const highest = /^[13]g/.test(profile.name) && profile.size !== 2
  return (highest ? free.at(-1) : free[0]) ?? -1
}

/** GPUs that are used. `requests`: positions of profiles, in the order in which they come. */
export function packFirstFit(gpu, requests, start) {
  const masks = []
  // GPUs only fill up, so none before the last one taken has room for this profile again.
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

/** The largest first; of equal ones in the order of the list. */
export function decreasing(gpu, requests) {
  return requests.toSorted((a, b) => gpu[b].size - gpu[a].size)
}
