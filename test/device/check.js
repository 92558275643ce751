// A check of a real NVML library and its GPUs that changes nothing: docs/device-check.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { anonymise } from './anonymise.js'
import { answerQuestions } from './answer-questions.js'
import { parseArguments, root, usage } from './arguments.js'
import { compareWithCatalog } from './compare-catalog.js'
import { findPlaceRules } from './compute-places.js'
import { formatDocument } from './format-document.js'
import { readKernelModule, readPermissions } from './permissions.js'
import { runProbe } from './run-probe.js'
import { runReading } from './run-reading.js'
import { summarise } from './summarise.js'
import { judge } from './verdict.js'

const wrongUsage = 2

process.exitCode = await main()

async function main() {
  let options
  try {
    options = parseArguments(process.argv.slice(2))
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`)
    return wrongUsage
  }
  if (options.help) {
    console.log(usage)
    return 0
  }
  const document = anonymise(await check(options))
  const text = `${formatDocument(document)}\n`
  if (options.out === undefined) process.stdout.write(text)
  else writeFileSync(options.out, text)
  console.error(summarise(document))
  return document.result === 'broken' ? 1 : 0
}

async function check(options) {
  const catalog = readGpus(options.catalog)
  const others = readGpus(`${root}/catalog/other-gpus.json`)
  const outcome = await runReading(options.library, options.timeoutMs)
  const { result, problem } = judge(outcome, options.library)
  // Also where there is no GPU: texts and names need none.
  const probe = result === 'no-library' ? null : runProbe(options)
  const { library = null, gpus = [], state = null } = outcome.reading ?? {}
  return {
    format: 'mig-nvml-device-check/1',
    result,
    problem,
    host: {
      platform: process.platform,
      arch: process.arch,
      node: process.versions.node,
      kernelModule: readKernelModule(),
    },
    permissions: readPermissions(),
    library,
    differences: compareWithCatalog(gpus, catalog, others),
    computePlaces: findPlaceRules(gpus),
    answers: probe === null ? null : answerQuestions(probe.records),
    gpus,
    state,
    probe,
  }
}

function readGpus(path) {
  return JSON.parse(readFileSync(path, 'utf8')).gpus
}
