// The files of catalog/ as dist/ has them: only the fields that lib/model/catalog-file.ts reads.
import { readFileSync } from 'node:fs'

const read = (file) =>
  JSON.parse(readFileSync(new URL(`../catalog/${file}`, import.meta.url), 'utf8')).gpus

/** File by file. */
export function catalogTexts() {
  const gpus = read('mig-gpus.json').map((gpu) => ({
    ...pick(gpu, ['key', 'architecture', 'computeCapability', 'memorySlices', 'computeSlices']),
    products: gpu.products.map((each) =>
      pick(each, ['nvmlName', 'nvmlPciDeviceId', 'displayMode']),
    ),
    memoryTotalMiB: pick(gpu.memoryTotalMiB, ['value']),
    modeChangeNeedsReset: pick(gpu.modeChangeNeedsReset, ['value']),
    giIdBySpan:
      gpu.giIdBySpan === null ? null : pick(gpu.giIdBySpan, ['identity', 'halvesSwapped']),
    gpuInstanceProfiles: gpu.gpuInstanceProfiles.map((profile) => ({
      ...pick(profile, ['id', 'enumIndex', 'name', 'sliceCount', 'instanceCount', 'placements']),
      ...pick(profile, ['multiprocessorCount', 'memorySizeMB', 'copyEngineCount', 'decoderCount']),
      ...pick(profile, ['encoderCount', 'jpegCount', 'ofaCount']),
      computeInstanceProfiles:
        profile.computeInstanceProfiles?.map(toComputeInstanceProfile) ?? null,
    })),
  }))
  const assumed = read('assumed.json').map(({ key, assumptions }) => ({
    key,
    assumptions: assumptions.map((each) => pick(each, ['field'])),
  }))
  return {
    'mig-gpus.json': JSON.stringify({ gpus }),
    'assumed.json': JSON.stringify({ gpus: assumed }),
  }
}

function toComputeInstanceProfile(profile) {
  const numbers = ['id', 'enumIndex', 'sliceCount', 'instanceCount', 'multiprocessorCount']
  return pick(profile, [...numbers, 'placements'])
}

function pick(object, names) {
  return Object.fromEntries(names.map((name) => [name, object[name]]))
}
