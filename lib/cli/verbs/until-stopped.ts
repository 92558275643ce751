import { once } from 'node:events'
import { refuseOverLimit, type Terminal } from '../parse/verb.js'

/** Runs a plugin of the kubelet until it ends by itself, or the user or a time limit stops it. Returns the exit status. */
export async function untilStopped(
  plugin: { readonly ended: Promise<void>; readonly close: () => Promise<void> },
  { signal }: Terminal,
): Promise<0> {
  const stopped = signal.aborted ? Promise.resolve() : once(signal, 'abort').then(() => {})
  try {
    await Promise.race([plugin.ended, stopped])
  } finally {
    await plugin.close()
  }
  refuseOverLimit(signal)
  return 0
}
