// How long `import 'mig-nvml'` takes in a fresh process, what the first call loads after that, and whether the
// import loads native code.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const runs = 15
const program = `
  const started = performance.now()
  const { applyMigConfig } = await import(${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)})
  const elapsed = performance.now() - started
  const native = process.report.getReport().sharedObjects.filter((file) => file.endsWith('.node'))
  const first = performance.now()
  const document = { version: 'v1', 'mig-configs': { off: [{ devices: 'all', 'mig-enabled': false }] } }
  await applyMigConfig(document, { library: '/nowhere' }).catch(({ code }) => {
    if (code !== 'MIG_DRIVER_NOT_FOUND') throw new Error(code)
  })
  const rest = performance.now() - first
  console.log(JSON.stringify({ elapsed, rest, native: native.length }))`

const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-import-'))
const results = Array.from({ length: runs }, () =>
  JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      env: { ...process.env, MIG_NVML_LOCK: join(folder, 'lock') },
    }),
  ),
)
rmSync(folder, { recursive: true })
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
      what: 'the first call, up to where it finds no driver',
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
