/** A device node of the NVIDIA driver that a process has open. */
export type OpenNode =
  | { readonly kind: 'gpu'; readonly minor: number }
  | { readonly kind: 'capability'; readonly minor: number }

// The nodes of a driver in a container lie deeper (/run/nvidia/driver/dev). /dev/nvidiactl and the
// memory manager's nodes are of no GPU: every NVML client has them open.
const pattern = /\/dev\/(nvidia-caps\/nvidia-cap|nvidia)(\d+)(?: \(deleted\))?$/

/** From the target of a link below `/proc/<pid>/fd`; null for every other file. */
export function parseOpenNode(target: string): OpenNode | null {
  const [, name, digits] = pattern.exec(target) ?? []
  if (name === undefined || digits === undefined) return null
  return { kind: name === 'nvidia' ? 'gpu' : 'capability', minor: Number(digits) }
}
