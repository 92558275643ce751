import type { MigConfigInput } from '../../types/config/config.js'
import type { MigRequest } from '../../types/config/request.js'
import type { AssertOptions } from '../../types/machine/options.js'
import type { AssertReport } from '../../types/machine/report.js'
import type { AnyGpuState, GpuProcess, GpuUuid, MigState } from '../../types/model/state.js'
import { compareGpu } from '../config/compare/compare.js'
import { readInput } from '../config/document/read-input.js'
import type { SelectedConfig } from '../config/document/select.js'
import { resolveConfig } from '../config/resolve/resolve.js'
import type { DriverSession } from '../driver/session.js'
import { MigError } from '../errors.js'
import { describeIssues } from '../model/document-path.js'
import { unlistedError } from '../model/unlisted.js'
import { listCandidates, requireListedMachine, type WantedMachine } from '../model/wanted.js'
import { settleGroups } from '../plan/choose/settle.js'
import { withOperation } from './operation/operation.js'

export async function assertMigConfig(
  input: MigConfigInput | MigRequest,
  options: AssertOptions = {},
): Promise<AssertReport> {
  return assertConfig(await readInput(input, options), options)
}

export async function assertConfig(
  config: SelectedConfig,
  options: AssertOptions,
): Promise<AssertReport> {
  refuseAdding(config)
  return withOperation(options, async ({ session }) => {
    const state = await session.readState(options)
    const resolved = resolveConfig(config, state)
    const processes = await readKeptProcesses(session, resolved, options.signal)
    // The machine is as wanted if nothing would have to change.
    const chosen = settleGroups(requireListedMachine({ ...resolved, gpus: [] }), processes)
    const gpus = [...resolved.gpus, ...chosen]
      .map((wanted) => {
        const { uuid, index } = wanted.gpu
        const differences = compareGpu(wanted, state, processes.get(uuid), options.modeOnly)
        return {
          gpu: uuid,
          gpuIndex: index,
          matches: differences === null ? null : differences.length === 0,
          differences: differences ?? [],
        }
      })
      .sort((a, b) => a.gpuIndex - b.gpuIndex)
    const { warnings } = resolved
    // One GPU that certainly differs decides for the machine.
    const differs = gpus.some(({ matches }) => matches === false)
    const unknown = gpus.filter(({ matches }) => matches === null).map(({ gpu }) => gpu)
    if (!differs && unknown.length > 0) throw undecided(state, unknown)
    return { matches: !differs, gpus, warnings }
  })
}

/** A request that adds asks for a change. No state of a machine matches it. */
function refuseAdding({ entries }: SelectedConfig): void {
  if (!entries.some(({ add }) => add)) return
  const issues = [{ path: ['add'], message: 'cannot be checked: it asks for a change' }]
  throw new MigError('MIG_CONFIG_INVALID', describeIssues('The MIG request is not valid', issues), {
    issues,
    hint: 'check for all devices that the GPU is to have',
  })
}

/** `MIG_NO_PERMISSION` */
function undecided({ gpus }: MigState, unknown: readonly GpuUuid[]): MigError {
  return unlistedError(
    gpus.filter(({ uuid }) => unknown.includes(uuid)),
    'whether it is as wanted cannot be known',
  )
}

/** The processes on the GPUs on which the configuration keeps what is in use. */
async function readKeptProcesses(
  session: DriverSession,
  resolved: WantedMachine<AnyGpuState>,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<GpuUuid, readonly GpuProcess[]>> {
  const keeping = [...resolved.gpus, ...listCandidates(resolved)].filter(
    ({ keep }) => keep === 'busy',
  )
  if (keeping.length === 0) return new Map()
  const gpus = [...new Set(keeping.map(({ gpu }) => gpu.uuid))]
  const abort = signal === undefined ? {} : { signal }
  return (await session.readHolders(gpus, { scan: true, ...abort })).processes
}
