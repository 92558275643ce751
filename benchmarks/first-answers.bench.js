// What a process pays for its first answer: it loads the code, compiles a geometry, and asks. With another build of the package
// in the environment variable BESIDE, both are measured in turn.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('fleet/first-answer.js', import.meta.url))
const questions = {
  'import of mig-nvml/fleet': 'import',
  'packFleet, 4,800 requests of six profiles (W2)': 'pack',
  'createFleet and place, 8 GPUs': 'place',
}
const folders = [undefined, process.env.BESIDE].filter((each, at) => at === 0 || each)
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]

const rows = Object.entries(questions).flatMap(([what, question]) => {
  const runs = folders.map(() => [])
  for (let run = 0; run < 11; run += 1) {
    for (const [at, folder] of folders.entries()) runs[at].push(measure(question, folder))
  }
  const cpu = runs.map((each) => median(each.map((run) => run.cpu)))
  const wall = median(runs[0].map((run) => run.wall))
  return [
    {
      what: `${what}: processor`,
      value: cpu[0],
      unit: 'ms',
      ...(cpu.length > 1 && { beside: { 'the other build': cpu[1] } }),
    },
    { what: `${what}: clock`, value: wall, unit: 'ms' },
  ]
})
console.log(JSON.stringify(rows))

function measure(question, folder) {
  const given = [program, question, ...(folder === undefined ? [] : [folder])]
  return JSON.parse(spawnSync(process.execPath, given, { encoding: 'utf8' }).stdout)
}
