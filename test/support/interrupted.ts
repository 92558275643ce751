import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyMigConfig } from '../../lib/index.js'
import { createSimulatedMachine } from '../../lib/simulator.js'
import type { MigConfigDocument } from '../../types/config/config.js'
import type { LibraryRef } from '../../types/machine/options.js'
import type { SimulatedMachine } from '../../types/simulator/machine.js'
import { configure } from './configure.js'

const seven = { '1g.5gb': 7 }
const balanced = { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 }

/** Two GPUs, in a file: an apply to both ended in the middle, and could not undo what it had done. */
export class InterruptedApply {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'mig-nvml-interrupted-'))
  readonly machine: SimulatedMachine = createSimulatedMachine('2x A100-SXM4-40GB +mig', {
    store: join(this.folder, 'machine'),
  })
  readonly library: LibraryRef = this.machine.library
  readonly before: MigConfigDocument = configure(seven, seven)
  readonly target: MigConfigDocument = configure(balanced, balanced)

  /** `prepare` gets the folder while only the store lies in it. */
  static async create(prepare?: (folder: string) => void): Promise<InterruptedApply> {
    const made = new InterruptedApply()
    prepare?.(made.folder)
    const { library, machine } = made
    await applyMigConfig(made.before, { library })
    // GPU 0 is brought about, and on GPU 1 the first new instance still works; then nothing can be made
    // or destroyed any more.
    machine.fail({
      fn: 'nvmlComputeInstanceDestroy',
      nth: 11,
      times: 1000,
      error: 'NVML_ERROR_UNKNOWN',
    })
    machine.fail({
      fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
      nth: 4,
      times: 1000,
      error: 'NVML_ERROR_UNKNOWN',
    })
    await applyMigConfig(made.target, { library }).catch(() => {})
    machine.clearFaults()
    return made
  }

  listJournals(): string[] {
    return readdirSync(this.folder).filter((name) => name.endsWith('.journal'))
  }

  /** Changes what the journals say. */
  rewrite(change: (journal: Record<string, unknown>) => object | string): void {
    for (const name of this.listJournals()) {
      const path = join(this.folder, name)
      const changed = change(JSON.parse(readFileSync(path, 'utf8')))
      writeFileSync(path, typeof changed === 'string' ? changed : JSON.stringify(changed))
    }
  }

  [Symbol.dispose](): void {
    this.machine.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
