import * as v from 'valibot'

/** An answer of the driver: what it said, or how it refused. */
function answer<const Value extends v.GenericSchema>(value: Value) {
  return v.union([
    v.strictObject({ value }),
    v.strictObject({
      error: v.pipe(v.string(), v.regex(/^NVML_ERROR_/)),
      ret: v.number(),
      fn: v.pipe(v.string(), v.startsWith('nvml')),
    }),
  ])
}

const placement = v.strictObject({ start: v.number(), size: v.number() })
const mode = v.strictObject({ current: v.picklist([0, 1]), pending: v.picklist([0, 1]) })
const uuid = (prefix: string) =>
  v.pipe(v.string(), v.regex(new RegExp(`^${prefix}-0{8}-0{4}-[0-9a-f]0{3}-[0-9a-f]0{3}-\\d{12}$`)))
const memory = answer(v.record(v.string(), v.nullable(v.number())))
const processes = answer(
  v.array(
    v.strictObject({
      process: v.number(),
      usedGpuMemory: v.nullable(v.number()),
      gpuInstanceId: v.nullable(v.number()),
      computeInstanceId: v.nullable(v.number()),
    }),
  ),
)
const profileInfo = answer(
  v.looseObject({ id: v.number(), sliceCount: v.number(), name: v.nullable(v.string()) }),
)
const refused = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.strictObject({ index: v.number(), ...entries })

const profile = v.union([
  v.strictObject({
    index: v.number(),
    info: profileInfo,
    infoById: profileInfo,
    placements: answer(v.array(placement)),
    remainingCapacity: answer(v.number()),
    gpuInstances: answer(
      v.array(v.strictObject({ id: v.number(), profileId: v.number(), placement })),
    ),
  }),
  refused({ info: profileInfo }),
])

const computeInstance = v.strictObject({
  id: v.number(),
  profileId: v.number(),
  placement: v.nullable(placement),
})
const computeProfile = v.union([
  v.strictObject({
    index: v.number(),
    info: profileInfo,
    placements: answer(v.array(placement)),
    remainingCapacity: answer(v.number()),
    computeInstances: answer(v.array(computeInstance)),
  }),
  refused({ info: profileInfo }),
])

const migDevice = v.union([
  v.strictObject({
    index: v.number(),
    uuid: answer(uuid('MIG')),
    name: answer(v.string()),
    ownIndex: answer(v.number()),
    isMigDevice: answer(v.number()),
    parent: answer(uuid('GPU')),
    gpuInstanceId: answer(v.number()),
    computeInstanceId: answer(v.number()),
    attributes: answer(v.record(v.string(), v.number())),
    memory,
    computeMode: answer(v.number()),
  }),
  refused({ uuid: answer(uuid('MIG')) }),
])

const gpu = v.union([
  v.strictObject({
    index: v.number(),
    uuid: answer(uuid('GPU')),
    name: answer(v.string()),
    minorNumber: answer(v.number()),
    pci: answer(v.looseObject({ busId: v.string(), pciDeviceId: v.number() })),
    brand: answer(v.number()),
    architecture: answer(v.number()),
    computeCapability: answer(v.strictObject({ major: v.number(), minor: v.number() })),
    virtualizationMode: answer(v.number()),
    memory,
    persistenceMode: answer(v.number()),
    eccMode: answer(mode),
    computeMode: answer(v.number()),
    fields: answer(
      v.array(
        v.strictObject({
          fieldId: v.number(),
          ret: v.number(),
          value: v.nullable(v.union([v.number(), v.string()])),
        }),
      ),
    ),
    processes: v.strictObject({ compute: processes, graphics: processes, mps: processes }),
    migMode: answer(mode),
    profiles: v.pipe(v.array(profile), v.length(19)),
    gpuInstances: v.array(
      v.strictObject({
        id: v.number(),
        profileId: v.number(),
        placement,
        computeProfiles: v.array(computeProfile),
      }),
    ),
    maxMigDeviceCount: answer(v.number()),
    migDevices: v.array(migDevice),
  }),
  refused({ uuid: answer(uuid('GPU')) }),
])

const code = v.nullable(v.number())
const codes = v.record(v.string(), v.array(code))
const answers = v.strictObject({
  errorTexts: v.record(v.pipe(v.string(), v.digits()), v.nullable(v.string())),
  exportedNames: v.nullable(
    v.strictObject({
      missing: v.array(v.string()),
      undeclared: v.nullable(v.array(v.string())),
    }),
  ),
  profileNamePrefixes: v.record(v.string(), v.array(v.string())),
  incomingCounts: v.record(v.string(), v.record(v.string(), v.array(v.string()))),
  gpus: v.array(
    v.strictObject({
      gpu: v.number(),
      migMode: code,
      codes,
      refused: v.array(v.string()),
      eventTypes: code,
      migConfigEvent: code,
      versionTags: v.record(v.string(), v.record(v.string(), code)),
      onMigDevice: codes,
    }),
  ),
})

/** What `test/device/check.js` writes, every member of it. */
export const documentShape = v.strictObject({
  format: v.literal('mig-nvml-device-check/1'),
  result: v.picklist(['checked', 'no-library', 'no-gpu', 'broken']),
  problem: v.nullable(v.string()),
  host: v.strictObject({
    platform: v.string(),
    arch: v.string(),
    node: v.string(),
    kernelModule: v.nullable(v.string()),
  }),
  permissions: v.strictObject({
    root: v.boolean(),
    capSysAdmin: v.nullable(v.boolean()),
    initialUserNamespace: v.nullable(v.boolean()),
    files: v.array(
      v.strictObject({ path: v.string(), exists: v.boolean(), readable: v.boolean() }),
    ),
  }),
  library: v.nullable(
    v.strictObject({
      path: v.string(),
      driverVersion: v.string(),
      nvmlVersion: answer(v.string()),
    }),
  ),
  differences: v.array(
    v.strictObject({
      gpu: v.number(),
      what: v.string(),
      catalog: v.unknown(),
      driver: v.unknown(),
    }),
  ),
  computePlaces: v.array(
    v.strictObject({
      gpu: v.number(),
      gpuInstance: v.number(),
      rule: v.picklist(['aligned', 'any-start', 'neither']),
    }),
  ),
  answers: v.nullable(answers),
  gpus: v.array(gpu),
  state: v.nullable(answer(v.looseObject({ driverVersion: v.string(), gpus: v.array(v.any()) }))),
  probe: v.nullable(
    v.strictObject({
      result: v.picklist(['complete', 'not-built', 'cut-short']),
      problem: v.nullable(v.string()),
      records: v.array(v.looseObject({ kind: v.string() })),
    }),
  ),
})

export type DeviceDocument = v.InferOutput<typeof documentShape>
