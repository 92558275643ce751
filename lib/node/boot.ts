import type { ApplyOptions } from '../../types/machine/options.js'
import type { PciModeReport } from '../../types/machine/pci.js'
import type { CompletedApply, RecoverReport } from '../../types/machine/report.js'
import type { BootOptions, BootPhase, BootReport } from '../../types/node/boot.js'
import { parseConfig } from '../config/document/parse.js'
import { type SelectedConfig, selectConfig } from '../config/document/select.js'
import { exportDocument } from '../config/export/export.js'
import { resolveLibrary, rootOf } from '../driver/connection/open-library.js'
import { lockFileOf } from '../driver/lock/lock-file.js'
import { isMigError, MigError, toError } from '../errors.js'
import { applyConfig } from '../machine/apply.js'
import { generateMigConfig } from '../machine/generate.js'
import { listJournals } from '../machine/journal/journal-list.js'
import { recoverMig } from '../machine/recover.js'
import { restoreMig } from '../machine/restore.js'
import { setSelectedModes } from '../machine/set-pci-modes.js'
import { readBootId } from '../system/boot-id.js'
import { rebootOnce } from './boot/reboot-once.js'
import { type DriverWait, waitForDriver } from './boot/wait-for-driver.js'
import { recordBoot } from './state/boot-record.js'
import { persistedError, type ReadChoice, readChoice, readPersisted } from './state/choice.js'
import { forgetReboot } from './state/reboot-request.js'

const defaultWaitMs = 120_000

export async function bootMig(options: BootOptions = {}): Promise<BootReport> {
  const boot = createBoot(options)
  try {
    const report = await boot.run()
    await recordBoot(options, boot.id, { outcome: report.outcome, choice: report.choice })
    return report
  } catch (error) {
    await recordBoot(options, boot.id, { error: toError(error), choice: boot.choice })
    throw error
  }
}

/** One boot: what it knows so far, and its parts in their order. */
interface Boot {
  readonly id: string | null
  /** In words, once it is known. */
  readonly choice: string | null
  run(): Promise<BootReport>
}

function createBoot(options: BootOptions): Boot {
  const library = resolveLibrary(options.library)
  const root = rootOf(library)
  const id = readBootId(root ?? '/') ?? readBootId()
  let choice: string | null = null
  let waitedMs = 0

  function show(phase: BootPhase['phase'], text: string): void {
    options.onPhase?.({ phase, text })
  }

  async function wait(): Promise<DriverWait> {
    const found = await waitForDriver(driverOptions(options), {
      waitMs: Math.max(0, (options.waitMs ?? defaultWaitMs) - waitedMs),
      onWaiting: (reason) => show('waiting', reason),
    })
    waitedMs += found.waitedMs
    return found
  }

  /** Also cleans up GPUs that the choice does not name. */
  async function recover(): Promise<RecoverReport> {
    if ((await listJournals(lockFileOf(library))).length > 0) {
      show('recovering', 'cleaning up after an interrupted apply')
      refuseMissing(await wait())
    }
    return recoverMig({ ...driverOptions(options), ...changeOptions(options) })
  }

  async function apply(chosen: ReadChoice, more: ApplyOptions = {}): Promise<CompletedApply> {
    const settings = { ...applyOptions(options), modeOnly: chosen.modeOnly, ...more }
    if (chosen.kind === 'checkpoint') return restoreMig(chosen.read.checkpoint, settings)
    return applyConfig(await configOf(chosen), settings)
  }

  async function configOf(
    chosen: Exclude<ReadChoice, { readonly kind: 'checkpoint' }>,
  ): Promise<SelectedConfig> {
    if (chosen.kind === 'config') return chosen.selected
    const document = await generateMigConfig(driverOptions(options))
    return selectConfig(parseConfig(document), chosen.config)
  }

  /** Requests the modes of a GPU that could not be reset, and reboots the machine, or rejects. */
  async function reboot(cause: Error, request: () => Promise<unknown>): Promise<void> {
    await request()
    show('rebooting', cause.message)
    await rebootOnce(cause, id, options)
  }

  return {
    id,
    get choice() {
      return choice
    },
    async run() {
      const wanted = await findChoice(options).catch(toError)
      const { recovered, clients } = await recover()
      if (wanted instanceof Error) throw wanted
      const report = { recovered, clients, apply: null, pci: null, exported: null }
      if (wanted === null) {
        show('done', 'nothing is chosen')
        return { ...report, outcome: 'nothing-chosen', choice, waitedMs }
      }
      choice = wanted.text
      const found = await wait()
      if (found.missing !== null) {
        const pci = await setModes(wanted, found, { options, show, reboot })
        if (pci === 'rebooting') return { ...report, outcome: 'rebooting', choice, waitedMs }
        await forgetReboot(options)
        show('done', `without a driver: ${choice}`)
        return { ...report, outcome: 'modes-set', choice, waitedMs, pci }
      }
      show('applying', choice)
      try {
        const done = await apply(wanted)
        await forgetReboot(options)
        show('done', `the machine is as chosen: ${choice}`)
        return {
          ...report,
          outcome: done.outcome === 'unchanged' ? 'unchanged' : 'applied',
          choice,
          recovered: [...recovered, ...done.recovered],
          waitedMs,
          apply: done,
          exported: exportDocument(done.after, 'current'),
        }
      } catch (error) {
        if (!needsReboot(error)) throw error
        await reboot(error, () => apply(wanted, { modeOnly: true, skipReset: true }))
        return { ...report, outcome: 'rebooting', choice, waitedMs }
      }
    },
  }
}

interface WithoutDriver {
  readonly options: BootOptions
  readonly show: (phase: BootPhase['phase'], text: string) => void
  readonly reboot: (cause: Error, request: () => Promise<unknown>) => Promise<void>
}

/**
 * Sets the modes in the registers of the GPUs where no driver has come. Rejects with `MIG_DRIVER_NOT_READY` afterwards if
 * the choice also wants instances, or modes that only a driver can set.
 */
async function setModes(
  chosen: ReadChoice,
  found: DriverWait,
  { options, show, reboot }: WithoutDriver,
): Promise<PciModeReport | 'rebooting'> {
  const { library, signal } = options
  const root = rootOf(resolveLibrary(library))
  // Only a document says what GPUs without a driver are to be.
  if (chosen.kind !== 'config' || root === null) throw notReady(found)
  const set = (skipReset: boolean): Promise<PciModeReport> =>
    setSelectedModes(chosen.selected, {
      ...(library === undefined ? {} : { library }),
      ...(signal === undefined ? {} : { signal }),
      skipReset,
    })
  show('setting-modes', chosen.text)
  let report: PciModeReport
  try {
    report = await set(options.reset === 'none')
  } catch (error) {
    if (needsReboot(error)) {
      await reboot(error, () => set(true))
      return 'rebooting'
    }
    throw isMigError(error) && error.code !== 'ABORT_ERR' ? notReady(found, error) : error
  }
  const left = report.skipped.some(({ supportsMig }) => supportsMig === true)
  if (!chosen.modeOnly || left) throw notReady(found)
  return report
}

function needsReboot(error: unknown): error is MigError {
  const codes = ['MIG_REBOOT_REQUIRED', 'MIG_RESET_REQUIRED', 'MIG_RESET_TIMEOUT']
  return isMigError(error) && codes.includes(error.code)
}

function refuseMissing(found: DriverWait): void {
  if (found.missing !== null) throw notReady(found)
}

function notReady({ missing, cause, waitedMs }: DriverWait, error?: MigError): MigError {
  const modes = error === undefined ? '' : `; without it, ${error.message}`
  return new MigError(
    'MIG_DRIVER_NOT_READY',
    `after ${(waitedMs / 1000).toFixed(0)} s: ${missing}${modes}`,
    {
      cause: error ?? cause,
      hint: 'look whether the driver is installed and loaded (lsmod, dmesg); --wait or MIG_NVML_BOOT_WAIT waits longer',
    },
  )
}

async function findChoice(options: BootOptions): Promise<ReadChoice | null> {
  const { choice } = options
  if (choice !== undefined)
    return readChoice(typeof choice === 'function' ? await choice() : choice, options.signal)
  const persisted = await readPersisted(options)
  if (persisted === null) return null
  return readChoice(persisted.choice, options.signal).catch((error: unknown) => {
    throw persistedError(error, options)
  })
}

function driverOptions({ library, signal, slowAfterMs, onSlowCall }: BootOptions): ApplyOptions {
  return {
    ...(library === undefined ? {} : { library }),
    ...(signal === undefined ? {} : { signal }),
    ...(slowAfterMs === undefined ? {} : { slowAfterMs }),
    ...(onSlowCall === undefined ? {} : { onSlowCall }),
  }
}

function changeOptions({ reset, resetTimeoutMs, onEvent }: BootOptions): ApplyOptions {
  return {
    ...(reset === undefined ? {} : { reset }),
    ...(resetTimeoutMs === undefined ? {} : { resetTimeoutMs }),
    ...(onEvent === undefined ? {} : { onEvent }),
  }
}

function applyOptions(options: BootOptions): ApplyOptions {
  const { cdi, clients, hooks, hookEnvs } = options
  return {
    ...driverOptions(options),
    ...changeOptions(options),
    ...(cdi === undefined ? {} : { cdi }),
    ...(clients === undefined ? {} : { clients }),
    ...(hooks === undefined ? {} : { hooks }),
    ...(hookEnvs === undefined ? {} : { hookEnvs }),
  }
}
