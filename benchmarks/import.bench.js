// How long `import 'mig-nvml'` takes in a fresh process, and whether it loads native code.
import { execFileSync } from 'node:child_process'

const runs = 15
const program = `
  const started = performance.now()
  await import(${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)})
  const elapsed = performance.now() - started
  const first = performance.now()
  await import(${JSON.stringify(new URL('../dist/apply/apply.js', import.meta.url).href)})
  const rest = performance.now() - first
  const native = process.report.getReport().sharedObjects.filter((file) => file.endsWith('.node'))
  console.log(JSON.stringify({ elapsed, rest, native: native.length }))`

const results = Array.from({ length: runs }, () =>
  JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }),
  ),
)
const median = (list) => list.sort((a, b) => a - b)[runs >> 1]
console.log(
  JSON.stringify([
    {
      what: "import 'mig-nvml', median of fresh processes",
      value: median(results.map((result) => result.elapsed)),
      unit: 'ms',
      bound: 30,
    },
    {
      what: 'what the first call then loads',
      value: median(results.map((result) => result.rest)),
      unit: 'ms',
    },
    {
      what: 'native libraries loaded by it',
      value: Math.max(...results.map((r) => r.native)),
      bound: 0,
    },
  ]),
)
