import type { ApplyOptions } from '../../types/machine/options.js'
import type { CompletedApply, RecoverReport } from '../../types/machine/report.js'
import type { BootOptions, BootPhase, BootReport } from '../../types/node/boot.js'
import type { MigChoice } from '../../types/node/choice.js'
import { readDocument } from '../config/document/read-input.js'
import type { SelectedConfig } from '../config/document/select.js'
import { exportDocument } from '../config/export/export.js'
import { resolveLibrary, rootOf } from '../driver/connection/open-library.js'
import { lockFileOf } from '../driver/lock/lock-file.js'
import { toError } from '../errors.js'
import { applyConfig } from '../machine/apply.js'
import { generateMigConfig } from '../machine/generate.js'
import { listJournals } from '../machine/journal/journal-list.js'
import { recoverMig } from '../machine/recover.js'
import { restoreMig } from '../machine/restore.js'
import { readBootId } from '../system/boot-id.js'
import { notReady } from './boot/driver-not-ready.js'
import { applyOptions, driverOptions, recoverOptions } from './boot/option-parts.js'
import { needsReboot, type RebootFor, rebootOnce } from './boot/reboot-once.js'
import { setModes } from './boot/set-modes.js'
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
  const id = readBootId(rootOf(library) ?? '/') ?? readBootId()
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
    return { ...found, waitedMs }
  }

  /** Also cleans up GPUs that the choice does not name. */
  async function recover(): Promise<RecoverReport> {
    if ((await listJournals(lockFileOf(library))).length > 0) {
      show('recovering', 'cleaning up after an interrupted apply')
      const found = await wait()
      if (found.missing !== null) throw notReady(found)
    }
    return recoverMig(recoverOptions(options))
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
    return readDocument(document, { config: chosen.config })
  }

  const reboot: RebootFor = async (cause, request) => {
    show('setting-modes', 'requesting the MIG modes for after a reboot')
    await rebootOnce(cause, await request(), {
      ...options,
      bootId: id,
      onReboot: (what) => show('rebooting', what),
    })
  }

  /** Null: the machine reboots. */
  async function applyOrReboot(chosen: ReadChoice): Promise<CompletedApply | null> {
    try {
      return await apply(chosen)
    } catch (error) {
      if (!needsReboot(error)) throw error
      await reboot(error, async () => {
        const { after, gpus } = await apply(chosen, { modeOnly: true, skipReset: true })
        const named = new Set(gpus.map(({ gpu }) => gpu))
        return after.gpus
          .filter(({ uuid, mig }) => named.has(uuid) && mig?.pending !== mig?.enabled)
          .map(({ index }) => index)
      })
      return null
    }
  }

  return {
    id,
    get choice() {
      return choice
    },
    async run() {
      const chosen = await findChoice(options).catch(toError)
      const { recovered, clients } = await recover()
      if (chosen instanceof Error) throw chosen
      choice = chosen?.text ?? null
      const report = {
        choice,
        recovered,
        clients,
        waitedMs,
        apply: null,
        pci: null,
        exported: null,
      }
      if (chosen === null) {
        show('done', 'nothing is chosen')
        return { ...report, outcome: 'nothing-chosen' }
      }
      const found = await wait()
      if (found.missing !== null) {
        const pci = await setModes(chosen, found, {
          ...options,
          reboot,
          onModes: () => show('setting-modes', chosen.text),
        })
        if (pci === null) return { ...report, outcome: 'rebooting', waitedMs }
        await forgetReboot(options)
        show('done', `without a driver: ${chosen.text}`)
        return { ...report, outcome: 'modes-set', waitedMs, pci }
      }
      show('applying', chosen.text)
      const done = await applyOrReboot(chosen)
      if (done === null) return { ...report, outcome: 'rebooting', waitedMs }
      await forgetReboot(options)
      show('done', `the machine is as chosen: ${chosen.text}`)
      return {
        ...report,
        outcome: done.outcome === 'unchanged' ? 'unchanged' : 'applied',
        recovered: [...recovered, ...done.recovered],
        waitedMs,
        apply: done,
        exported: exportDocument(done.after, 'current'),
      }
    },
  }
}

async function findChoice(options: BootOptions): Promise<ReadChoice | null> {
  const { choice, signal, modeOnly } = options
  const limited = (each: MigChoice): MigChoice => (modeOnly === true ? { ...each, modeOnly } : each)
  if (choice !== undefined)
    return readChoice(limited(typeof choice === 'function' ? await choice() : choice), signal)
  const persisted = await readPersisted(options)
  if (persisted === null) return null
  return readChoice(limited(persisted.choice), signal).catch((error: unknown) => {
    throw persistedError(error, options)
  })
}
