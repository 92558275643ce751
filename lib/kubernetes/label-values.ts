/** Labels of a node by name, without the prefix `nvidia.com/` that all have. */
export type Labels = Readonly<Record<string, string>>

/** Kubernetes: a value has at most 63 characters. */
export const longestValue = 63

/** A text as the value of a label: white space becomes a hyphen, and what a label cannot have is dropped. */
export function cleanValue(text: string): string {
  return text
    .replaceAll(/[^A-Za-z0-9-_. \t\n]/g, '')
    .trim()
    .replaceAll(/\s+/g, '-')
}

/** Whether a label can have this value, which is not empty. */
export function isLabelValue(text: string): boolean {
  return text.length <= longestValue && /^[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?$/.test(text)
}

/** Labels of one resource: `gpu.count` from `count`. */
export function under(resource: string, values: Readonly<Record<string, string | number>>): Labels {
  return Object.fromEntries(
    Object.entries(values).map(([suffix, value]) => [`${resource}.${suffix}`, `${value}`]),
  )
}
