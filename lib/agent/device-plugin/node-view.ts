import type { MigChange } from '../../../types/machine/watch.js'
import type { GpuUuid, MigState } from '../../../types/model/state.js'
import { isGpuLocked } from '../../driver/lock/machine-lock.js'
import { toError } from '../../errors.js'
import { type Ailment, nextAilments, whyUnhealthy } from '../../kubernetes/plugin/health.js'
import { nextOffer, type Offer, type OfferedDevice } from '../../kubernetes/plugin/offer.js'
import type { PlacedDevice } from '../../kubernetes/plugin/preferred.js'
import { updateSpecFile } from '../../machine/cdi/spec-file.js'
import { withDeviceNumbers } from '../../machine/operation/device-numbers.js'
import { readNumaNode } from '../../system/numa-node.js'
import type { PluginSettings } from './plugin-options.js'

/** What the plugin knows of its machine, and offers of it. */
export interface NodeView {
  offer: Offer
  ailments: readonly Ailment[]
  /** Null: the machine can be read. */
  unreadable: string | null
}

export const emptyView = (): NodeView => ({ offer: new Map(), ailments: [], unreadable: null })

/** Notes these changes of the machine. */
export function noteChanges(
  view: NodeView,
  changes: readonly MigChange[],
  {
    health,
    onEvent,
  }: Pick<PluginSettings, 'health'> & {
    readonly onEvent: (event: { readonly kind: 'unreadable'; readonly error: Error }) => void
  },
): void {
  view.ailments = nextAilments(view.ailments, changes, health, performance.now())
  for (const change of changes) {
    if (change.kind === 'readable') view.unreadable = null
    if (change.kind !== 'unreadable') continue
    view.unreadable = `the machine cannot be read: ${change.error.message}`
    onEvent({ kind: 'unreadable', error: change.error })
  }
}

export interface Renewal {
  readonly problem: string | null
  /** Why the CDI specification is not up to date. */
  readonly failure: Error | null
  readonly isWaiting: boolean
}

/** Brings the offer to the state. The specification comes first: a device that it does not have is none for a runtime. */
export async function renewOffer(
  view: NodeView,
  state: MigState,
  settings: PluginSettings,
): Promise<Renewal> {
  const { strategy, lockFile } = settings
  const failure = await writeSpec(state, settings)
  const isSettled = (gpu: GpuUuid): boolean => failure === null && !isGpuLocked(lockFile, gpu)
  const { offer, problem, isWaiting } = nextOffer(view.offer, state, strategy, isSettled)
  view.offer = offer
  return { problem, failure, isWaiting }
}

/** Null: the specification is up to date, or not ours. */
export async function writeSpec(
  state: MigState,
  settings: Pick<PluginSettings, 'cdi' | 'root' | 'driver'>,
): Promise<Error | null> {
  const { cdi, root } = settings
  if (cdi === null) return null
  try {
    await updateSpecFile(numbered(state, settings), root === null ? cdi : { ...cdi, root })
    return null
  } catch (thrown) {
    if (thrown instanceof TypeError) throw thrown
    return toError(thrown)
  }
}

/** The state with the numbers of device nodes. */
export function numbered(
  state: MigState,
  { driver: { library }, root }: Pick<PluginSettings, 'root' | 'driver'>,
): MigState {
  return withDeviceNumbers(state, {
    ...(library === undefined ? {} : { library }),
    ...(root === null ? {} : { root }),
  })
}

/** Why pods do not get a device. Null: they do. */
export function problemOf(device: OfferedDevice, view: NodeView): string | null {
  if (device.isLost) return 'the GPU is lost'
  return view.unreadable ?? whyUnhealthy(device, view.ailments)
}

export function placed(
  devices: readonly OfferedDevice[],
  { gpus }: MigState,
  root: string | null,
): readonly PlacedDevice[] {
  const nodes = new Map<GpuUuid, number | null>()
  return devices.map((device) => {
    const { gpu } = device
    const pciBusId = gpus.find(({ uuid }) => uuid === gpu)?.pciBusId
    if (!nodes.has(gpu))
      nodes.set(gpu, root === null || pciBusId === undefined ? null : readNumaNode(root, pciBusId))
    return { ...device, numaNode: nodes.get(gpu) ?? null }
  })
}
