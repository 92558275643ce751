import type { MigMode } from '../../types/model/state.js'

export function onOff(enabled: boolean): string {
  return enabled ? 'on' : 'off'
}

/** `MIG on, off after reset`, short enough for a picture. */
export function describeMode(mode: MigMode | null): string {
  if (mode === null) return 'no MIG'
  const { enabled, pending } = mode
  const now = `MIG ${onOff(enabled)}`
  return pending === enabled ? now : `${now}, ${onOff(pending)} after reset`
}
