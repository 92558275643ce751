import type { CdiEdits, CdiSpec } from '../../../types/containers/cdi.js'

/**
 * The lowest version of CDI that allows what a specification contains, so that old runtimes read it. Source: CDI 1.1.0,
 * specs-go/version.go.
 */
export function lowestCdiVersion(spec: Omit<CdiSpec, 'cdiVersion'>): string {
  const edits = [spec.containerEdits ?? {}, ...spec.devices.map((device) => device.containerEdits)]
  const nodes = edits.flatMap(({ deviceNodes = [] }) => deviceNodes)
  if (edits.some(needs11)) return '1.1.0'
  if (
    edits.some(
      ({ intelRdt, additionalGids = [] }) => intelRdt !== undefined || additionalGids.length > 0,
    )
  )
    return '0.7.0'
  const hasAnnotations = [spec, ...spec.devices].some(
    ({ annotations = {} }) => Object.keys(annotations).length > 0,
  )
  if (hasAnnotations || spec.kind.slice(spec.kind.indexOf('/')).includes('.')) return '0.6.0'
  if (nodes.some(({ hostPath = '' }) => hostPath !== '')) return '0.5.0'
  if (spec.devices.some(({ name }) => /^\d/.test(name))) return '0.5.0'
  if (edits.some(({ mounts = [] }) => mounts.some(({ type = '' }) => type !== ''))) return '0.4.0'
  return '0.3.0'
}

/** Negative if the first is lower. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.split('.').map(Number))
  return (a ?? []).reduce((result, part, index) => result || part - (b?.[index] ?? 0), 0)
}

function needs11({ netDevices = [], intelRdt = {} }: CdiEdits): boolean {
  return netDevices.length > 0 || 'schemata' in intelRdt || intelRdt['enableMonitoring'] === true
}
