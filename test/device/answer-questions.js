import { readExportedNames } from './exported-names.js'

/** From the probe's records: what NVML's documentation leaves open. Null where nothing was asked. */
export function answerQuestions(records) {
  if (records.length === 0) return null
  const { calls, tagTrials } = splitCalls(records)
  const gpus = [...new Set(calls.flatMap(({ gpu }) => gpu ?? []))]
  return {
    errorTexts: errorTexts(records),
    exportedNames: exportedNames(records),
    profileNamePrefixes: profileNamePrefixes(calls),
    incomingCounts: incomingCounts(calls),
    gpus: gpus.map((gpu) => {
      const ofThisGpu = (call) => call.gpu === gpu
      return answerForGpu(gpu, calls.filter(ofThisGpu), tagTrials.filter(ofThisGpu))
    }),
  }
}

/** The probe ends with struct versions that no driver knows; the first of them is 0. */
function splitCalls(records) {
  const calls = records.filter(({ kind }) => kind === 'call')
  const start = calls.findIndex((call) => call.in.tag === 0)
  if (start === -1) return { calls, tagTrials: [] }
  return { calls: calls.slice(0, start), tagTrials: calls.slice(start) }
}

function errorTexts(records) {
  const texts = records.filter(({ kind }) => kind === 'error-text')
  return Object.fromEntries(texts.map(({ code, text }) => [code, text]))
}

/** `missing`: in NVIDIA's headers, not in the library; `undeclared`: the other way round. */
function exportedNames(records) {
  const names = records.find(({ kind }) => kind === 'names')
  const path = records.find(({ kind }) => kind === 'library')?.path
  if (names === undefined) return null
  const declared = new Set([...names.exported, ...names.missing])
  const all = path === undefined ? null : readExportedNames(path)
  return {
    missing: names.missing,
    undeclared: all?.filter((name) => !declared.has(name)) ?? null,
  }
}

/** What stands before `1g.5gb` in the names that the driver gives, by function. */
function profileNamePrefixes(calls) {
  const prefixes = {}
  for (const { fn, out } of calls) {
    if (!/InstanceProfileInfo/.test(fn) || out.name === undefined) continue
    const prefix = /^(.*?)(?:\d+c\.)?\d+g\.\d+gb/.exec(out.name)?.[1] ?? out.name
    prefixes[fn] = [...new Set([...(prefixes[fn] ?? []), prefix])]
  }
  return prefixes
}

/**
 * Whether a call that fills an array keeps to the room that it is told of, by function and room, where
 * there was more to tell. `refused`: it answers an error; `ignored`: it writes more; `kept`: it writes
 * what fits.
 */
function incomingCounts(calls) {
  const verdicts = {}
  calls.forEach((call, index) => {
    const { fn, in: given, gpu } = call
    if (!/(?:Placements(?:_v2)?|Instances)$/.test(fn) || given.count === undefined) return
    // Of each array the probe asks with rising room; the last time there is room for everything.
    const whole = calls
      .slice(index)
      .find((next) => next.fn === fn && next.gpu === gpu && next.in.count > 1)
    if (whole?.ret !== 0 || whole.out.count <= given.count) return
    const verdict = judgeCount(call, whole.out.bytesWritten / whole.out.count)
    verdicts[fn] ??= {}
    const before = verdicts[fn][given.count] ?? []
    verdicts[fn][given.count] = [...new Set([...before, verdict])]
  })
  return verdicts
}

function judgeCount({ in: given, ret, out }, elementSize) {
  if (ret !== 0) return `refused with ${ret}`
  return out.bytesWritten > given.count * elementSize ? 'ignored' : 'kept'
}

/** What struct version tags are answered with: `{ nvmlDeviceGetMemoryInfo_v2: { '0x02000028': 0 } }`. */
function versionTags(tagTrials) {
  const answers = {}
  for (const { fn, in: given, ret } of tagTrials) {
    if (given.tag === undefined) continue
    answers[fn] ??= {}
    answers[fn][`0x${given.tag.toString(16).padStart(8, '0')}`] = ret
  }
  return answers
}

function answerForGpu(gpu, calls, tagTrials) {
  const whole = calls.filter(({ of }) => of === 'gpu')
  const mode = whole.find(({ fn }) => fn === 'nvmlDeviceGetMigMode')
  const events = whole.find(({ fn }) => fn === 'nvmlDeviceGetSupportedEventTypes')
  const register = whole.find(({ fn }) => fn === 'nvmlDeviceRegisterEvents')
  return {
    gpu,
    migMode: mode?.ret === 0 ? mode.out.current : null,
    /** By function, every return code that it gave on this GPU: what works with MIG off, say. */
    codes: codesByFunction(whole),
    /** What this process may not ask of this GPU: whether `mig/monitor` is enough for places and room, say. */
    refused: functionsRefused(whole),
    eventTypes: events?.ret === 0 ? events.out.types : null,
    migConfigEvent: register?.ret ?? null,
    versionTags: versionTags(tagTrials),
    onMigDevice: codesByFunction(calls.filter(({ of }) => of === 'mig-device')),
  }
}

const noPermission = 4

function functionsRefused(calls) {
  return [...new Set(calls.filter(({ ret }) => ret === noPermission).map(({ fn }) => fn))].sort()
}

function codesByFunction(calls) {
  const codes = {}
  for (const { fn, ret } of calls) codes[fn] = [...new Set([...(codes[fn] ?? []), ret])]
  return codes
}
