/** The parts of a MIG device's name, `[<C>c.]<G>g.<GB>gb[+attribute,…|-attribute,…]`. */
export interface ProfileNameParts {
  /** Compute slices of the MIG device; equal to `slices` for the full compute instance. */
  readonly computeSlices: number
  /** Compute slices of its GPU instance. */
  readonly slices: number
  readonly memoryGB: number
  /** After a `+`: `me`, `me.all`, `gfx`. */
  readonly added: readonly string[]
  /** After a `-`: `me`. */
  readonly removed: readonly string[]
}

const form = /^(?:(\d+)c\.)?(\d+)g\.(\d+)gb(?:([+-])(.+))?$/
const attributeForm = /^[A-Za-z](?:[A-Za-z0-9.]*[A-Za-z0-9])?$/

/** Null if the text does not have the form of a name. A GPU need not have such a profile. */
export function parseProfileName(text: string): ProfileNameParts | null {
  const match = form.exec(text)
  if (match === null) return null
  const [, compute, gpu, memory, sign, list] = match
  const slices = Number(gpu)
  const parts = {
    computeSlices: compute === undefined ? slices : Number(compute),
    slices,
    memoryGB: Number(memory),
  }
  if (!Object.values(parts).every(Number.isSafeInteger)) return null
  const attributes = list === undefined ? [] : list.split(',')
  if (!attributes.every((attribute) => attributeForm.test(attribute))) return null
  if (new Set(attributes).size !== attributes.length) return null
  return {
    ...parts,
    added: sign === '+' ? attributes : [],
    removed: sign === '-' ? attributes : [],
  }
}

export function formatProfileName(parts: ProfileNameParts): string {
  const size = `${parts.slices}g.${parts.memoryGB}gb${formatAttributes(parts)}`
  return parts.computeSlices === parts.slices ? size : `${parts.computeSlices}c.${size}`
}

function formatAttributes({ added, removed }: ProfileNameParts): string {
  if (added.length > 0) return `+${added.toSorted().join(',')}`
  if (removed.length > 0) return `-${removed.toSorted().join(',')}`
  return ''
}

/** One spelling for names with the same meaning: `1c.1g.5gb` and `01g.5gb` become `1g.5gb`. Other text stays. */
export function normaliseProfileName(text: string): string {
  const parts = parseProfileName(text)
  return parts === null ? text : formatProfileName(parts)
}

/** Ascending by GPU instance slices, compute slices, memory and attributes. Names of another form come last. */
export function compareProfileNames(left: string, right: string): number {
  const a = parseProfileName(left)
  const b = parseProfileName(right)
  if (a === null || b === null) {
    return Number(a === null) - Number(b === null) || compareText(left, right)
  }
  return (
    a.slices - b.slices ||
    a.computeSlices - b.computeSlices ||
    a.memoryGB - b.memoryGB ||
    compareText(left, right)
  )
}

// Not localeCompare, because the order must be the same on every machine.
function compareText(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}

/**
 * The name of a MIG device, from its GPU instance's profile and its own compute slices. It keeps a `+me`
 * of the GPU instance, which the name of the driver's compute instance profile leaves out.
 */
export function computeInstanceName(
  profile: { readonly name: string; readonly sliceCount: number },
  sliceCount: number,
): string {
  return sliceCount === profile.sliceCount ? profile.name : `${sliceCount}c.${profile.name}`
}

/** NVML's own names begin with `MIG `, which no other tool writes. */
export function stripMigPrefix(driverName: string): string {
  return driverName.replace(/^MIG /, '')
}
