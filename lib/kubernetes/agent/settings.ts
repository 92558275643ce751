import type { AgentSettings } from '../../../types/kubernetes/agent.js'

/** Limits where the caller gives none. Those of clients are mig-manager's (mig-parted 0.15, reconfigure.go). */
export const defaultSettings: Required<AgentSettings> = {
  dryRun: false,
  reboot: false,
  evictMs: 1_800_000,
  pauseMs: 300_000,
  awaitMs: 300_000,
  rebootMs: 600_000,
  retryMs: 30_000,
  retryMostMs: 1_800_000,
}

/** How long to wait before the attempt after `attempts` failed ones. */
export function backOff(
  attempts: number,
  { retryMs, retryMostMs }: Required<AgentSettings>,
): number {
  return Math.min(retryMostMs, retryMs * 2 ** Math.min(attempts - 1, 20))
}
