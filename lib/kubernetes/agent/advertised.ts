import type { AgentNode } from '../../../types/kubernetes/agent.js'

/** How many devices of each of NVIDIA's resources a node has for pods. */
export function advertisedOf(node: AgentNode): Readonly<Record<string, number>> {
  const { allocatable = {} } = (node['status'] ?? {}) as {
    readonly allocatable?: Readonly<Record<string, string | number>>
  }
  return Object.fromEntries(
    Object.entries(allocatable)
      .filter(([name]) => name === 'nvidia.com/gpu' || name.startsWith('nvidia.com/mig-'))
      .map(([name, count]) => [name, Number(count)]),
  )
}

/**
 * What a node still has to advertise, or to take back: `nvidia.com/mig-3g.20gb: 1 in place of 2`. The kubelet keeps resources that
 * are gone, with the count 0. Null: the node advertises what it has.
 */
export function describeMissing(
  node: AgentNode,
  expected: Readonly<Record<string, number>>,
): string | null {
  const now = advertisedOf(node)
  const names = [...new Set([...Object.keys(expected), ...Object.keys(now)])].sort()
  const wrong = names
    .map((name) => ({ name, is: now[name] ?? 0, wanted: expected[name] ?? 0 }))
    .filter(({ is, wanted }) => is !== wanted)
    .map(({ name, is, wanted }) => `${name}: ${is} in place of ${wanted}`)
  return wrong.length === 0 ? null : `the node advertises ${wrong.join(', ')}`
}
