import type { CdiDeviceNode, CdiEdits, CdiMount, CdiSpec } from '../../../types/containers/cdi.js'
import type {
  OciDevice,
  OciDeviceRule,
  OciMount,
  OciProcess,
  OciSpec,
} from '../../../types/containers/runtimes.js'
import { MigError } from '../../errors.js'

/**
 * An OCI runtime specification with devices of a CDI specification in it, for runtimes without CDI. The names may have
 * their kind: `0:1`, `nvidia.com/gpu=0:1`. The edits are those of CDI's own Go package; the given specification stays as
 * it is.
 *
 * @throws MigError `MIG_DEVICE_NOT_FOUND` for a name that the CDI specification lacks; `MIG_CDI_INVALID` for a device node
 *   without type or numbers, for which a runtime would look at the host.
 */
export function ociEdits(spec: OciSpec, devices: readonly string[], cdi: CdiSpec): OciSpec {
  const edits = devices.map((name) => findDevice(name, cdi).containerEdits)
  if (edits.length === 0) return spec
  return [cdi.containerEdits ?? {}, ...edits].reduce(applyEdits, spec)
}

function findDevice(name: string, { kind, devices }: CdiSpec): CdiSpec['devices'][number] {
  const plain = name.startsWith(`${kind}=`) ? name.slice(kind.length + 1) : name
  const device = devices.find((each) => each.name === plain)
  if (device !== undefined) return device
  throw new MigError(
    'MIG_DEVICE_NOT_FOUND',
    `the specification of ${kind} has no device ${JSON.stringify(name)}; it has ${devices.map((each) => each.name).join(', ')}`,
  )
}

function applyEdits(spec: OciSpec, edits: CdiEdits): OciSpec {
  const { env = [], deviceNodes = [], mounts = [], hooks = [], additionalGids = [] } = edits
  const { netDevices = [], intelRdt } = edits
  if (netDevices.length > 0 || intelRdt !== undefined)
    throw invalid('network devices and Intel RDT need a runtime with CDI')
  let edited: OciSpec = spec
  if (env.length > 0 || additionalGids.length > 0)
    edited = { ...edited, process: editProcess(edited.process ?? {}, env, additionalGids) }
  for (const node of deviceNodes) edited = addNode(edited, node)
  if (mounts.length > 0) edited = { ...edited, mounts: addMounts(edited.mounts ?? [], mounts) }
  for (const { hookName, ...hook } of hooks) {
    const before = edited.hooks?.[hookName] ?? []
    edited = { ...edited, hooks: { ...edited.hooks, [hookName]: [...before, hook] } }
  }
  return edited
}

function editProcess(
  process: OciProcess,
  env: readonly string[],
  additionalGids: readonly number[],
): OciProcess {
  const variables = [...(process.env ?? [])]
  for (const variable of env) {
    const prefix = `${variable.split('=', 1)[0]}=`
    const known = variables.findLastIndex((each) => each.startsWith(prefix))
    if (known < 0) variables.push(variable)
    else variables[known] = variable
  }
  const edited = env.length === 0 ? process : { ...process, env: variables }
  const groups = process.user?.additionalGids ?? []
  const added = additionalGids.filter((gid) => gid !== 0 && !groups.includes(gid))
  return added.length === 0
    ? edited
    : { ...edited, user: { ...edited.user, additionalGids: [...new Set([...groups, ...added])] } }
}

function addNode(spec: OciSpec, node: CdiDeviceNode): OciSpec {
  const device = toOciDevice(node, spec.process)
  const linux = spec.linux ?? {}
  const others = (linux.devices ?? []).filter(({ path }) => path !== node.path)
  const devices = [...others, device]
  if (device.type !== 'b' && device.type !== 'c') return { ...spec, linux: { ...linux, devices } }
  const rule: OciDeviceRule = {
    allow: true,
    type: device.type,
    major: node.major ?? 0,
    minor: node.minor ?? 0,
    access: node.permissions ?? 'rwm',
  }
  const rules = linux.resources?.devices ?? []
  const resources = { ...linux.resources, devices: [...rules, rule] }
  return { ...spec, linux: { ...linux, devices, resources } }
}

/** With the user and the group of the process, unless the node has its own. */
function toOciDevice(
  { path, type, major, minor = 0, fileMode, uid, gid }: CdiDeviceNode,
  process: OciProcess | undefined,
): OciDevice {
  if (type === undefined || type === '' || (type !== 'p' && major === undefined))
    throw invalid(
      `the device node ${path} has no type or no numbers, so a runtime would need the node on the host`,
    )
  const user = process?.user
  return withoutUndefined({
    path,
    type,
    major: major ?? 0,
    minor,
    fileMode,
    uid: uid ?? (user?.uid || undefined),
    gid: gid ?? (user?.gid || undefined),
  })
}

function withoutUndefined(
  device: { readonly [Field in keyof OciDevice]: OciDevice[Field] | undefined },
): OciDevice {
  return Object.fromEntries(
    Object.entries(device).filter(([, value]) => value !== undefined),
  ) as unknown as OciDevice
}

/** In the order of their depth, so that no mount hides another. */
function addMounts(before: readonly OciMount[], added: readonly CdiMount[]): readonly OciMount[] {
  const mounts = [...before]
  for (const { hostPath, containerPath, options, type } of added) {
    const known = mounts.findIndex(({ destination }) => destination === containerPath)
    if (known >= 0) mounts.splice(known, 1)
    mounts.push({
      destination: containerPath,
      source: hostPath,
      ...(type === undefined ? {} : { type }),
      ...(options === undefined ? {} : { options }),
    })
  }
  return mounts.sort((a, b) => depthOf(a.destination) - depthOf(b.destination))
}

function depthOf(path: string): number {
  return Math.max(1, path.split('/').filter((part) => part !== '' && part !== '.').length)
}

function invalid(problem: string): MigError {
  return new MigError('MIG_CDI_INVALID', problem)
}
