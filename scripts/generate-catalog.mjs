// Writes the simulated driver's catalog.inc: the GPUs of catalog/ as constant C++ tables.
// Usage: generate-catalog.mjs OUTPUT
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { withAssumedFacts } from './assumed-facts.mjs'

const [output] = process.argv.slice(2)
if (output === undefined) throw new Error('usage: generate-catalog.mjs OUTPUT')

// Raised when the shape of the tables changes: it is part of the hash that guards state files.
const TABLE_SHAPE = 6

const REQUIRED_OF_PROFILE = {
  id: 'id is',
  placements: 'placements are',
  multiprocessorCount: 'multiprocessor count is',
  copyEngineCount: 'engine counts are',
  memorySizeMB: 'memory size is',
}

// Architecture and implementation in register 0 of BAR0 (open-gpu-kernel-modules 595.45.04,
// g_hal_archimpl.h), in front of the revision. 0x170000a1 is known of the GA100 (mig-parted v0.15.0,
// pkg/mig/mode/pci.go). Assumed: the same revision of the other chips, and that a chip of Blackwell Ultra
// is the GB110.
const CHIP_IDS = {
  TU104: 0x164,
  TU117: 0x167,
  GA100: 0x170,
  GH100: 0x180,
  AD102: 0x192,
  GB100: 0x1a0,
  'Blackwell Ultra (chip name not verified)': 0x1a3,
  GB202: 0x1b2,
  GB203: 0x1b3,
  GB10B: 0x1ab,
}
const CHIP_REVISION = 0xa1

const readCatalog = (name) =>
  JSON.parse(readFileSync(new URL(`../catalog/${name}`, import.meta.url), 'utf8')).gpus

// A figure stands alone or beside its source.
const figure = (entry) => (entry !== null && typeof entry === 'object' ? entry.value : entry)
const text = (value) => JSON.stringify(value)
const span = ({ start, size }) => `{${start}, ${size}}`
const list = (items) => `{${items.join(', ')}}`

const tables = []

/** Declares a constant array and returns its name; an empty one becomes an empty span. */
function array(type, name, items) {
  if (items.length === 0) return '{}'
  tables.push(`constexpr ${type} ${name}[] = {\n    ${items.join(',\n    ')},\n};`)
  return name
}

/** The first fact that a simulation cannot do without and that nobody has published. */
function missingFact(gpu) {
  if (figure(gpu.memoryTotalMiB) == null) return 'its memory size is not published'
  if (gpu.smCount.full == null) return 'its multiprocessor count is not published'
  if (gpu.gpuInstanceProfiles === undefined) return null
  if (gpu.gpuInstanceProfiles.length === 0) return 'its GPU instance profiles are not published'
  for (const profile of gpu.gpuInstanceProfiles) {
    for (const [member, words] of Object.entries(REQUIRED_OF_PROFILE)) {
      if (profile[member] == null) {
        return `for profile ${profile.name} the ${words} not published`
      }
    }
  }
  return null
}

// Compute profile 1_SLICE_REV1: all of a double-memory 1g that has more multiprocessors than a 1g.
const FULL_DOUBLE_MEMORY = 7

const alignsCompute = (profiles) =>
  profiles.some((profile) =>
    profile.computeInstanceProfiles.some(({ enumIndex }) => enumIndex === FULL_DOUBLE_MEMORY),
  )

/** The places under the rule `ci-places` of the catalog that this GPU does not follow. */
function otherPlacements({ enumIndex, sliceCount }, slices, aligned) {
  const starts = Array.from({ length: slices - sliceCount + 1 }, (_, start) => start)
  if (aligned) return starts.map((start) => ({ start, size: sliceCount }))
  const size = enumIndex === FULL_DOUBLE_MEMORY ? 2 : 2 ** Math.ceil(Math.log2(sliceCount))
  return starts.filter((start) => start % size === 0).map((start) => ({ start, size }))
}

function computeProfile(profile, slices, aligned, name) {
  const placements = array('Span', `${name}_places`, profile.placements.map(span))
  const others = otherPlacements(profile, slices, aligned)
  return list([
    profile.enumIndex,
    profile.id,
    profile.sliceCount,
    profile.instanceCount,
    profile.multiprocessorCount,
    (profile.capabilities ?? []).includes('GFX'),
    text(profile.name),
    placements,
    array('Span', `${name}_others`, others.map(span)),
  ])
}

function gpuProfile(profile, aligned, name) {
  const placements = array('Span', `${name}_places`, profile.placements.map(span))
  const compute = array(
    'ComputeProfile',
    `${name}_compute`,
    profile.computeInstanceProfiles.map((entry) =>
      computeProfile(entry, profile.sliceCount, aligned, `${name}_c${entry.enumIndex}`),
    ),
  )
  return list([
    profile.enumIndex,
    profile.id,
    profile.sliceCount,
    profile.instanceCount,
    profile.multiprocessorCount,
    profile.isP2pSupported === 1,
    profile.capabilities.includes('GFX'),
    list([
      profile.copyEngineCount,
      profile.decoderCount,
      profile.encoderCount,
      profile.jpegCount,
      profile.ofaCount,
    ]),
    profile.memorySizeMB,
    text(profile.name),
    placements,
    compute,
  ])
}

function instanceIds(map, name) {
  const entries = Object.entries(map ?? {}).map(([place, id]) => {
    const [start, size] = place.split(':').map(Number)
    return list([span({ start, size }), id])
  })
  return array('GpuInstanceId', name, entries)
}

function driverVersion(version) {
  const [branch = 0, minor = 0, patch] = (version ?? '0.0').split('.').map(Number)
  return list([branch, minor, patch ?? 'DriverVersion::kNoPatch'])
}

// The BAR1 aperture covers all memory on data-centre parts, in the next power of two.
const bar1MiB = (gpu) =>
  figure(gpu.bar1TotalMiB) ?? 2 ** Math.ceil(Math.log2(figure(gpu.memoryTotalMiB)))

/** The GPU as drivers before `gpu.earlier.until` told it. */
function toldEarlier({ earlier, ...gpu }) {
  return {
    ...gpu,
    memoryTotalMiB: earlier.memoryTotalMiB ?? gpu.memoryTotalMiB,
    gpuInstanceProfiles: gpu.gpuInstanceProfiles.map((profile) => {
      const other = earlier.profiles.find(({ enumIndex }) => enumIndex === profile.enumIndex)
      const { name = profile.name, memorySizeMB = profile.memorySizeMB } = other ?? {}
      // A compute instance's name leaves out the +me of its GPU instance.
      const [old, now] = [profile.name, name].map((text) => text.replace(/\+me$/, ''))
      return {
        ...profile,
        name,
        memorySizeMB,
        computeInstanceProfiles: profile.computeInstanceProfiles.map((compute) => ({
          ...compute,
          name: compute.name.replace(old, now),
        })),
      }
    }),
  }
}

function chipId({ key, chip }) {
  const id = CHIP_IDS[chip]
  if (id === undefined) throw new Error(`no chip id is known of ${chip} (${key})`)
  return id * 2 ** 20 + CHIP_REVISION
}

function geometry(gpu, suffix = '') {
  const name = `k_${gpu.key.replaceAll('-', '_')}${suffix}`
  const earlier = gpu.earlier === undefined ? null : geometry(toldEarlier(gpu), '_earlier')
  if (earlier !== null) tables.push(`constexpr Geometry ${name}_earlier = ${earlier};`)
  // Profiles in the order of their NVML index, as clients walk them.
  const profiles = (gpu.gpuInstanceProfiles ?? []).toSorted((a, b) => a.enumIndex - b.enumIndex)
  const [major, minor] = gpu.computeCapability.split('.').map(Number)
  const engines = gpu.engines ?? {}
  const aligned = alignsCompute(profiles)
  return list([
    text(gpu.key),
    gpu.nvmlArchitecture,
    chipId(gpu),
    major,
    minor,
    gpu.smCount.full,
    figure(gpu.memoryTotalMiB),
    bar1MiB(gpu),
    gpu.ecc ?? true,
    gpu.display ?? false,
    aligned,
    profiles.length > 0 ? gpu.memorySlices : 0,
    figure(gpu.maxMigDevices) ?? 0,
    figure(gpu.modeChangeNeedsReset) ?? false,
    gpu.modeChangeNeedsReset?.persistent ?? false,
    driverVersion(gpu.earlier?.firstDriver ?? gpu.minDriver?.version),
    list(['copy', 'decoder', 'encoder', 'jpeg', 'ofa'].map((engine) => engines[engine] ?? 0)),
    array(
      'GpuProfile',
      `${name}_profiles`,
      profiles.map((profile) => gpuProfile(profile, aligned, `${name}_p${profile.enumIndex}`)),
    ),
    instanceIds(gpu.giIdBySpan?.identity, `${name}_ids`),
    instanceIds(gpu.giIdBySpan?.halvesSwapped, `${name}_ids_swapped`),
    array('std::string_view', `${name}_assumed`, (gpu.assumed ?? []).map(text)),
    earlier === null ? 'nullptr' : `&${name}_earlier`,
    driverVersion(gpu.earlier?.until),
  ])
}

const gpus = [
  ...withAssumedFacts(readCatalog('mig-gpus.json'), readCatalog('assumed.json')),
  ...readCatalog('other-gpus.json'),
]
const simulated = gpus.filter((gpu) => missingFact(gpu) === null)
const left = gpus.filter((gpu) => missingFact(gpu) !== null)

const geometries = simulated.map((gpu) => geometry(gpu))
array('Geometry', 'kGeometries', geometries)
array(
  'GpuModel',
  'kModels',
  simulated.flatMap((gpu, index) =>
    gpu.products.map((product) =>
      list([
        text(product.nvmlName),
        product.nvmlPciDeviceId,
        figure(product.nvmlPciSubsystemId),
        figure(product.displayMode) === 'graphics',
        `&kGeometries[${index}]`,
      ]),
    ),
  ),
)
array(
  'KnownButNotSimulated',
  'kNotSimulated',
  left.flatMap((gpu) =>
    gpu.products.map((product) =>
      list([text(gpu.key), text(product.nvmlName), text(missingFact(gpu))]),
    ),
  ),
)

const body = tables.join('\n\n')
const digest = createHash('sha256').update(`${TABLE_SHAPE}\n${body}`).digest('hex')
writeFileSync(
  output,
  `// Generated by scripts/generate-catalog.mjs from catalog/*.json.\n\n${body}\n\n` +
    `constexpr std::uint64_t kCatalogHash = 0x${digest.slice(0, 16)}ull;\n`,
)
