// Fills what is not published of a GPU from catalog/assumed.json. Only the simulated driver is made
// with it.

const isRecord = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)

// Compute instance profiles go by their index, since two of them may have one name.
const sameEntry = (a, b) =>
  a.enumIndex === undefined || b.enumIndex === undefined
    ? a.name === b.name
    : a.enumIndex === b.enumIndex

function fill(known, assumed, path) {
  if (known === null || known === undefined) return assumed
  if (Array.isArray(known) && Array.isArray(assumed)) {
    const filled = known.map((entry) => {
      const more = assumed.find((other) => sameEntry(entry, other))
      return more === undefined ? entry : fill(entry, more, `${path}[${entry.name}]`)
    })
    const added = assumed.filter((entry) => !known.some((other) => sameEntry(entry, other)))
    return [...filled, ...added]
  }
  if (isRecord(known) && isRecord(assumed)) {
    const filled = { ...known }
    for (const [key, value] of Object.entries(assumed)) {
      filled[key] = fill(known[key], value, `${path}.${key}`)
    }
    return filled
  }
  if (known === assumed) return known
  throw new Error(`${path} is a known fact by now: ${known}; it cannot be assumed to be ${assumed}`)
}

/** The GPUs of mig-gpus.json, each with what is assumed of it, and `assumed`: the names of those fields. */
export function withAssumedFacts(gpus, assumed) {
  const unknown = assumed.find(({ key }) => !gpus.some((gpu) => gpu.key === key))
  if (unknown !== undefined) throw new Error(`no GPU has the key ${unknown.key}`)
  return gpus.map((gpu) => {
    const entry = assumed.find(({ key }) => key === gpu.key)
    if (entry === undefined) return { ...gpu, assumed: [] }
    const fields = entry.assumptions.map(({ field }) => field)
    return { ...fill(gpu, entry.values, gpu.key), assumed: fields }
  })
}
