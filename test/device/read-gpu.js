// NVML field ids: changes of the MIG mode need no reset, profiles can be asked with MIG off (under
// its number of R555 to R565 too), reset status, recovery action.
const fieldIds = [184, 199, 200, 226, 230]
// One more than NVML header 13.3 has, to see how the driver ends the list.
const profileIndexes = 19
const computeProfileIndexes = 10
const indexes = (count) => Array.from({ length: count }, (_, index) => index)

/** Everything that mig-nvml can ask about one GPU, each answer as `readOnly` gives it. */
export async function readGpu(ask, index) {
  const uuid = await ask('deviceGetHandleByIndex', index)
  if (uuid.value === undefined) return { index, uuid }
  const gpu = uuid.value
  const profiles = await inTurn(indexes(profileIndexes), (at) => readProfile(ask, gpu, at))
  const instances = profiles.flatMap(({ gpuInstances }) => gpuInstances?.value ?? [])
  return {
    index,
    uuid,
    ...(await readIdentity(ask, gpu)),
    migMode: await ask('deviceGetMigMode', gpu),
    profiles,
    gpuInstances: await inTurn(instances, (instance) => readGpuInstance(ask, gpu, instance)),
    ...(await readMigDevices(ask, gpu)),
  }
}

async function readIdentity(ask, gpu) {
  return {
    name: await ask('deviceGetName', gpu),
    minorNumber: await ask('deviceGetMinorNumber', gpu),
    pci: await ask('deviceGetPciInfo', gpu),
    brand: await ask('deviceGetBrand', gpu),
    architecture: await ask('deviceGetArchitecture', gpu),
    computeCapability: await ask('deviceGetCudaComputeCapability', gpu),
    virtualizationMode: await ask('deviceGetVirtualizationMode', gpu),
    memory: await ask('deviceGetMemoryInfo', gpu),
    persistenceMode: await ask('deviceGetPersistenceMode', gpu),
    eccMode: await ask('deviceGetEccMode', gpu),
    computeMode: await ask('deviceGetComputeMode', gpu),
    fields: mapValue(await ask('deviceGetFieldValues', gpu, fieldIds), (fields) =>
      fields.map((field) => ({ ...field, value: plainNumber(field.value) })),
    ),
    processes: {
      compute: nameless(await ask('deviceGetComputeRunningProcesses', gpu)),
      graphics: nameless(await ask('deviceGetGraphicsRunningProcesses', gpu)),
      mps: nameless(await ask('deviceGetMPSComputeRunningProcesses', gpu)),
    },
  }
}

async function readProfile(ask, gpu, index) {
  const info = await ask('deviceGetGpuInstanceProfileInfo', gpu, index)
  if (info.value === undefined) return { index, info }
  const { id } = info.value
  return {
    index,
    info,
    infoById: await ask('deviceGetGpuInstanceProfileInfoById', gpu, id),
    placements: await ask('deviceGetGpuInstancePossiblePlacements', gpu, id),
    remainingCapacity: await ask('deviceGetGpuInstanceRemainingCapacity', gpu, id),
    gpuInstances: await ask('deviceGetGpuInstances', gpu, id),
  }
}

async function readGpuInstance(ask, gpu, instance) {
  const computeProfiles = await inTurn(indexes(computeProfileIndexes), async (index) => {
    const at = [gpu, instance.id]
    const info = await ask('gpuInstanceGetComputeInstanceProfileInfo', ...at, index)
    if (info.value === undefined) return { index, info }
    const { id } = info.value
    return {
      index,
      info,
      placements: await ask('gpuInstanceGetComputeInstancePossiblePlacements', ...at, id),
      remainingCapacity: await ask('gpuInstanceGetComputeInstanceRemainingCapacity', ...at, id),
      computeInstances: await ask('gpuInstanceGetComputeInstances', ...at, id),
    }
  })
  return { ...instance, computeProfiles }
}

async function readMigDevices(ask, gpu) {
  const maxMigDeviceCount = await ask('deviceGetMaxMigDeviceCount', gpu)
  const migDevices = await inTurn(indexes(maxMigDeviceCount.value ?? 0), async (index) => {
    const uuid = await ask('deviceGetMigDeviceHandleByIndex', gpu, index)
    if (uuid.value === undefined) return { index, uuid }
    const device = uuid.value
    return {
      index,
      uuid,
      name: await ask('deviceGetName', device),
      ownIndex: await ask('deviceGetIndex', device),
      isMigDevice: await ask('deviceIsMigDeviceHandle', device),
      parent: await ask('deviceGetDeviceHandleFromMigDeviceHandle', device),
      gpuInstanceId: await ask('deviceGetGpuInstanceId', device),
      computeInstanceId: await ask('deviceGetComputeInstanceId', device),
      attributes: await ask('deviceGetAttributes', device),
      memory: await ask('deviceGetMemoryInfo', device),
      computeMode: await ask('deviceGetComputeMode', device),
    }
  })
  return { maxMigDeviceCount, migDevices }
}

/** One call at a time, as any careful client of a driver makes them. */
async function inTurn(items, read) {
  const results = []
  for (const item of items) results.push(await read(item))
  return results
}

/** Who the processes are is nobody's business but the machine's. */
function nameless(processes) {
  return mapValue(processes, (list) =>
    list.map(({ pid: _pid, ...rest }, index) => ({ process: index + 1, ...rest })),
  )
}

function plainNumber(value) {
  if (typeof value !== 'bigint') return value
  return Number.isSafeInteger(Number(value)) ? Number(value) : `${value}`
}

function mapValue(answer, change) {
  return answer.value === undefined ? answer : { value: change(answer.value) }
}
