import type { InterruptedApply } from '../../machine/journal/find-interrupted.js'
import type { Terminal } from '../parse/verb.js'
import { printInterrupted } from './interrupted.js'

const patienceMs = 500

/**
 * Runs a read of the driver. Where it takes long or fails, the interrupted applies are printed before it ends: their
 * journals need no driver, and they are often why somebody looks. Then `wasShown` is true.
 */
export async function showingInterrupted<T>(
  applies: readonly InterruptedApply[] | null,
  terminal: Terminal,
  read: () => Promise<T>,
): Promise<{ readonly result: T; readonly wasShown: boolean }> {
  let wasShown = false
  function show(): void {
    if (!wasShown) printInterrupted(applies ?? [], terminal)
    wasShown = true
  }
  const timer = setTimeout(show, patienceMs)
  try {
    return { result: await read(), wasShown }
  } catch (error) {
    show()
    if (error instanceof Error && applies !== null && applies.length > 0)
      Object.assign(error, { interruptedApplies: applies })
    throw error
  } finally {
    clearTimeout(timer)
  }
}
