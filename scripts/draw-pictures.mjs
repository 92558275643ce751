// Draws the pictures of the README and the pages, by the library's own renderer, on simulated machines.
// With --check it only says which are not up to date.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { applyMigConfig, readMigState, renderMachineSvg, renderPlanSvg } from '../dist/index.js'
import { createSimulatedMachine } from '../dist/simulator.js'

const folder = join(dirname(fileURLToPath(import.meta.url)), '../docs/pictures')

const config = (name, devices) => ({
  version: 'v1',
  'mig-configs': { [name]: [{ devices: 'all', 'mig-enabled': true, 'mig-devices': devices }] },
})

/** From sevenths to a mix, in which two of the sevenths stay. */
async function drawPlan() {
  const machine = createSimulatedMachine('A100-SXM4-40GB')
  const { library } = machine
  await applyMigConfig(config('sevenths', { '1g.5gb': 7 }), { library })
  const balanced = config('balanced', { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 })
  const { before, plan } = await applyMigConfig(balanced, { library, dryRun: true })
  machine.close()
  return renderPlanSvg(before, plan)
}

/** Four GPUs that are divided in four ways: one that has room, one with shared GPU instances, one with MIG off. */
async function drawMachine() {
  const machine = createSimulatedMachine('4x H100-80GB-SXM')
  const { library } = machine
  const entry = (device, devices) => ({
    devices: [device],
    'mig-enabled': true,
    'mig-devices': devices,
  })
  const mixed = [
    entry(0, { '1g.10gb': 2, '2g.20gb': 1, '3g.40gb': 1 }),
    entry(1, { '4g.40gb': 1, '1g.10gb': 1 }),
    entry(2, { '1c.3g.40gb': 1, '2c.3g.40gb': 1, '3g.40gb': 1 }),
  ]
  await applyMigConfig({ version: 'v1', 'mig-configs': { mixed } }, { library })
  const state = await readMigState({ library })
  machine.close()
  return renderMachineSvg(state)
}

const pictures = { 'plan.svg': await drawPlan(), 'machine.svg': await drawMachine() }

mkdirSync(folder, { recursive: true })
for (const [name, picture] of Object.entries(pictures)) {
  const path = join(folder, name)
  if (!process.argv.includes('--check')) writeFileSync(path, picture)
  else if (readFileSync(path, 'utf8') !== picture) {
    console.error(`docs/pictures/${name} is not as it would be drawn: npm run pictures`)
    process.exitCode = 1
  }
}
