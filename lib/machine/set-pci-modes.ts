import type { MigConfigInput } from '../../types/config/config.js'
import type {
  PciGpu,
  PciModeChange,
  PciModeReport,
  SetPciModesOptions,
} from '../../types/machine/pci.js'
import { readDocument } from '../config/document/read-input.js'
import type { SelectedConfig } from '../config/document/select.js'
import { resolveLibrary } from '../driver/connection/open-library.js'
import { lockFileOf } from '../driver/lock/lock-file.js'
import { lockMachine } from '../driver/lock/machine-lock.js'
import { defaultBootTimeoutMs } from '../driver/pci/mode-registers.js'
import { MigError, toError } from '../errors.js'
import { abortError } from './operation/control.js'
import { createModeChange, type ModeChange, type ModeChangeOptions } from './pci/mode-change.js'
import { findGpus, pciRoot } from './pci/pci-gpus.js'
import { resolveModes } from './pci/wanted-modes.js'

export async function setPciModes(
  input: MigConfigInput,
  options: SetPciModesOptions = {},
): Promise<PciModeReport> {
  return setSelectedModes(await readDocument(input, options), options)
}

/** The same for a configuration that was read already. */
export async function setSelectedModes(
  config: SelectedConfig,
  options: Omit<SetPciModesOptions, 'config' | 'matching'>,
): Promise<PciModeReport> {
  const { signal } = options
  const root = pciRoot(options)
  try {
    if (options.dryRun === true) return await setUnderLock(root, config, options)
    const lock = await lockMachine(
      lockFileOf(resolveLibrary(options.library)),
      signal === undefined ? {} : { signal },
    )
    try {
      return await setUnderLock(root, config, options)
    } finally {
      lock.release()
    }
  } catch (error) {
    throw signal?.aborted && error === signal.reason ? abortError(error) : error
  }
}

async function setUnderLock(
  root: string,
  config: SelectedConfig,
  options: SetPciModesOptions,
): Promise<PciModeReport> {
  const found = await findGpus(root, options)
  const { modes, warnings } = resolveModes(
    config,
    found.map(({ gpu }) => gpu),
  )
  const wanted = found.flatMap((each) => {
    const enabled = modes.get(each.gpu)
    return enabled === undefined ? [] : [{ each, enabled }]
  })
  for (const { each } of wanted) if (each.problem !== null) throw each.problem
  const skipped = wanted.map(({ each }) => each.gpu).filter(({ mig }) => mig === null)
  refuseUnlessSome(skipped, wanted.length)
  const known = wanted.filter(({ each }) => each.gpu.mig !== null)
  const gpus =
    options.dryRun === true
      ? known.map(({ each, enabled }) => planned(each.gpu, enabled))
      : await changeAll(
          known.map(({ each, enabled }) =>
            createModeChange(each, enabled, changeOptions(root, options)),
          ),
          options.signal,
        )
  return { gpus, skipped, warnings }
}

function changeOptions(
  root: string,
  { skipReset = false, signal, bootTimeoutMs = defaultBootTimeoutMs }: SetPciModesOptions,
): ModeChangeOptions {
  return { root, skipReset, signal, bootTimeoutMs }
}

/** `MIG_NOT_SUPPORTED` if no GPU of the configuration is a GA100. */
function refuseUnlessSome(skipped: readonly PciGpu[], wanted: number): void {
  const [first] = skipped
  if (first === undefined || skipped.length < wanted) return
  throw new MigError(
    'MIG_NOT_SUPPORTED',
    `no GPU of the configuration can change its MIG mode without a driver: ${first.whyUnknown}`,
    { hint: 'load the NVIDIA driver, and apply again' },
  )
}

function planned(gpu: PciGpu, enabled: boolean): PciModeChange {
  const isAsWanted = gpu.mig?.enabled === enabled && gpu.mig.pending === enabled
  return { gpu, enabled, outcome: isAsWanted ? 'unchanged' : 'planned', reset: false }
}

/** One after the other. After a failure, everything is taken back. */
async function changeAll(
  changes: readonly ModeChange[],
  signal: AbortSignal | undefined,
): Promise<readonly PciModeChange[]> {
  const done: PciModeChange[] = []
  const begun: ModeChange[] = []
  try {
    for (const change of changes) {
      signal?.throwIfAborted()
      begun.unshift(change)
      done.push(await change.run())
    }
    return done
  } catch (thrown) {
    throw await afterUndo(thrown, begun)
  }
}

/** The error of a failed change, or one that says what could not be taken back. */
async function afterUndo(thrown: unknown, begun: readonly ModeChange[]): Promise<unknown> {
  const errors: Error[] = []
  for (const change of begun)
    await change.undo().catch((error: unknown) => errors.push(toError(error)))
  const [first] = errors
  if (first === undefined) return thrown
  const cause = toError(thrown)
  return new MigError(
    'MIG_PCI_FAILED',
    `${cause.message}; what was changed before could not be taken back: ${first.message}`,
    { cause, errors: [cause, ...errors] },
  )
}
