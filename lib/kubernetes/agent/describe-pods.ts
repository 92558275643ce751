import type { InTheWay, PodInTheWay } from '../../../types/kubernetes/agent-pods.js'

const mostNamed = 5

/** `team-a/train-7` */
export function podName({
  namespace,
  name,
}: Partial<Pick<PodInTheWay, 'namespace' | 'name'>>): string {
  return `${namespace}/${name}`
}

/** `3g.20gb at 4 on GPU 2 is held by pod team-a/train-7; its PodDisruptionBudget allows no eviction` */
export function describeHeld(pod: PodInTheWay, why: string): string {
  if (pod.fate === 'starts') return `pod ${podName(pod)} wants ${pod.holds.join(' and ')}; ${why}`
  const what = pod.holds.length === 0 ? 'the node' : pod.holds.join(' and ')
  const verb = pod.holds.length > 1 ? 'are' : 'is'
  return `${what} ${verb} held by pod ${podName(pod)}; ${why}`
}

const reasons: Readonly<Record<PodInTheWay['fate'], string>> = {
  evict: 'it is to be evicted',
  ends: 'it is about to end',
  starts: 'the kubelet has yet to give it devices, and may give it any',
  protected: 'its annotation mig-nvml/evict forbids an eviction',
  'daemon-set': 'it belongs to a DaemonSet, which would bring it back',
  static: 'the kubelet runs it from a file, and no eviction ends it',
}

/** Why pods are still there. */
export function describeFate(pod: PodInTheWay): string {
  return describeHeld(pod, reasons[pod.fate])
}

/** Everything that is in the way, the first few by name. */
export function describeInTheWay({ pods, others }: InTheWay): string {
  const all = [...pods.map(describeFate), ...others.map((other) => `in use by ${other}`)]
  const rest = all.length - mostNamed
  return `${all.slice(0, mostNamed).join('. ')}${rest > 0 ? `. And ${rest} more` : ''}`
}
