import type { CdiSpec } from '../../types/containers/cdi.js'
import type {
  CdiUpdate,
  FollowCdiOptions,
  WriteCdiOptions,
  WrittenCdiSpec,
} from '../../types/machine/cdi.js'
import type { MigState } from '../../types/model/state.js'
import { toError } from '../errors.js'
import { makeSpec, updateSpecFile, writeSettled } from './cdi/spec-file.js'
import { withDeviceNumbers } from './operation/device-numbers.js'
import { withOperation } from './operation/operation.js'
import { repeatedWait } from './watch/repeated-wait.js'
import { watchMigState } from './watch.js'

/** The specification that `writeCdiSpec` would write. */
export async function readCdiSpec(options: WriteCdiOptions): Promise<CdiSpec> {
  const state = await withOperation(options, ({ session }) => session.readState(options))
  return makeSpec(withDeviceNumbers(state, options), options)
}

export function writeCdiSpec(options: WriteCdiOptions = {}): Promise<WrittenCdiSpec> {
  return withOperation(options, ({ session }) =>
    writeSettled(async () => withDeviceNumbers(await session.readState(options), options), options),
  )
}

/**
 * Writes the file for each change of the machine. Between changes it looks at the file at intervals: another tool may
 * have replaced it, its base may have changed, the disk may have room again.
 */
export async function* followSpecFile(
  options: FollowCdiOptions,
): AsyncGenerator<CdiUpdate, undefined> {
  const { file: _file, format, merge, driverRoot, kind, names, all, root, ...watching } = options
  const watch = watchMigState(watching)
  let state: MigState | null = null
  let failure = ''
  let isFirst = true
  try {
    let next = repeatedWait(watch.next())
    for (;;) {
      const update = await next(options.intervalMs ?? 1000)
      if (update !== null) {
        if (update.done) return undefined
        for (const change of update.value.changes)
          if (change.kind === 'unreadable') yield { kind: 'unreadable', error: change.error }
        state = update.value.state
        next = repeatedWait(watch.next())
      }
      if (state === null) continue
      try {
        const written = await updateSpecFile(withDeviceNumbers(state, options), options)
        failure = ''
        if (written.changed || isFirst) yield { kind: 'written', ...written }
        isFirst = false
      } catch (thrown) {
        // Wrong options stay wrong.
        if (thrown instanceof TypeError) throw thrown
        const error = toError(thrown)
        if (error.message !== failure) yield { kind: 'failed', error }
        failure = error.message
      }
    }
  } finally {
    await watch.return?.()
  }
}
