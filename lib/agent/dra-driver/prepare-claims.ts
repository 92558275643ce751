import { setTimeout as delay } from 'node:timers/promises'
import type { ResourceClaim } from '../../../types/kubernetes/dra/objects.js'
import { isGpuLocked } from '../../driver/lock/machine-lock.js'
import { toError } from '../../errors.js'
import { readMigState } from '../../machine/read.js'
import { writeSpec } from '../device-plugin/node-view.js'
import type { DraSettings } from './driver-options.js'
import { type NamedDevice, namedDevices } from './published-devices.js'

/** A claim as the kubelet names it. */
export interface NamedClaim {
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

/** A device for the containers of a pod. */
interface PreparedDevice {
  readonly requests: readonly string[]
  readonly pool: string
  readonly device: string
  readonly cdiDevices: readonly string[]
}

export interface PreparedClaim {
  readonly devices: readonly PreparedDevice[]
  /** Empty: all is well. */
  readonly error: string
}

const lookEveryMs = 50

/**
 * What the containers of a claim get. Nothing is kept: what was allocated stands in the claim, and what it is now in the machine. So
 * each answer can be given again at any time, also by another process.
 */
export async function prepareClaim(
  claim: NamedClaim,
  settings: DraSettings,
): Promise<PreparedClaim> {
  try {
    const devices = await devicesOfClaim(claim, settings)
    const { onEvent } = settings
    onEvent({
      kind: 'prepared',
      claim: `${claim.namespace}/${claim.name}`,
      devices: devices.map(({ device }) => device),
    })
    return { devices, error: '' }
  } catch (error) {
    return { devices: [], error: toError(error).message }
  }
}

async function devicesOfClaim(
  { namespace, name, uid }: NamedClaim,
  settings: DraSettings,
): Promise<readonly PreparedDevice[]> {
  const { cluster, node, name: driver, cdiKind, prepareTimeoutMs } = settings
  const limit = AbortSignal.timeout(prepareTimeoutMs)
  const { signal: given } = settings.driver
  const signal = given === undefined ? limit : AbortSignal.any([given, limit])
  const object = { apiVersion: 'resource.k8s.io/v1', resource: 'resourceclaims', namespace, name }
  const found = await cluster.get(object, { signal })
  if (found?.metadata.uid !== uid) throw new Error(`the claim ${namespace}/${name} is gone`)
  const { status } = found as unknown as Pick<ResourceClaim, 'status'>
  const results = (status?.allocation?.devices?.results ?? []).filter(
    (result) => result.driver === driver && result.pool === node,
  )
  const wanted = results.map(({ device }) => device)
  const devices = await presentDevices(wanted, settings, signal)
  return results.map(({ request, device }) => ({
    // A request with alternatives: containers name it without the one that was chosen.
    requests: [request.replace(/\/.*$/, '')],
    pool: node,
    device,
    cdiDevices: [`${cdiKind}=${devices.get(device)?.uuid}`],
  }))
}

/** Waits for the end of an apply that changes their GPUs, which may still make them, or take them away. */
async function presentDevices(
  wanted: readonly string[],
  settings: DraSettings,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, NamedDevice>> {
  const { lockFile, prepareTimeoutMs } = settings
  for (;;) {
    const state = await readMigState({ ...settings.driver, signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error
      throw new Error(`the driver has not answered for ${prepareTimeoutMs} ms`, { cause: error })
    })
    const all = namedDevices(state, settings)
    const missing = wanted.find((name) => !all.has(name))
    const gpus = state.gpus.filter(
      ({ uuid }) => missing !== undefined || wanted.some((name) => all.get(name)?.gpu === uuid),
    )
    if (!gpus.some(({ uuid }) => isGpuLocked(lockFile, uuid))) {
      if (missing !== undefined)
        throw new Error(`the node has no device ${missing} any more: its layout has changed`)
      const failure = await writeSpec(state, settings)
      if (failure !== null) throw failure
      return all
    }
    if (signal.aborted) throw new Error(`a GPU has been changing for ${prepareTimeoutMs} ms`)
    await delay(lookEveryMs)
  }
}
