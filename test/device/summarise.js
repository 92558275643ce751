const mostDifferences = 20

/** The document in a few lines, for the person at the terminal. */
export function summarise(document) {
  const { result, problem, library, gpus, probe, differences } = document
  if (result === 'no-library') return `no NVML library here, nothing to check: ${problem}`
  if (result === 'no-gpu') return `no GPU here, nothing to check: ${problem}`
  if (result === 'broken') return `broken library: ${problem}`
  return [
    `${library.path}: driver ${library.driverVersion}, NVML ${textOf(library.nvmlVersion)}`,
    ...gpus.map(describeGpu),
    ...(probe.problem === null
      ? [`probe: ${probe.records.length} answers`]
      : [`probe ${probe.result}: ${probe.problem}`]),
    ...describeDifferences(differences),
    'Nothing was changed.',
  ].join('\n')
}

function describeGpu({ index, uuid, name, migMode, profiles = [], gpuInstances = [], migDevices }) {
  if (uuid.value === undefined) return `GPU ${index}: ${uuid.error}`
  const mode = migMode.value === undefined ? migMode.error : describeMode(migMode.value)
  const known = profiles.filter(({ info }) => info.value !== undefined).length
  const devices = migDevices.filter((device) => device.uuid.value !== undefined).length
  return `GPU ${index}: ${textOf(name)}, MIG ${mode}, ${known} profiles, ${gpuInstances.length} GPU instances, ${devices} MIG devices`
}

function describeMode({ current, pending }) {
  const text = current === 1 ? 'on' : 'off'
  return current === pending ? text : `${text}, change pending`
}

function describeDifferences(differences) {
  if (differences.length === 0) return ['As the catalog says.']
  return [
    `${differences.length} differences from the catalog:`,
    ...differences
      .slice(0, mostDifferences)
      .map(
        ({ gpu, what, catalog, driver }) =>
          `  GPU ${gpu}: ${what}: catalog ${JSON.stringify(catalog)}, driver ${JSON.stringify(driver)}`,
      ),
    ...(differences.length > mostDifferences ? ['  … the rest is in the document'] : []),
  ]
}

function textOf({ value, error }) {
  return value ?? error
}
