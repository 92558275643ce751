// What containers see of two GPUs: whole, and as seven MIG devices each: `node containers.mjs`. The machine is simulated. With a
// real one, leave out `library` and `root`, and start the containers with the arguments that this prints.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyMigConfig, readMigState, writeCdiSpec } from 'mig-nvml'
import { dockerArguments, ociEdits, resolveVisibleDevices } from 'mig-nvml/containers'
import { createSimulatedMachine, writeRootTree } from 'mig-nvml/simulator'

const sevenths = {
  version: 'v1',
  'mig-configs': {
    sevenths: [{ devices: 'all', 'mig-enabled': true, 'mig-devices': { '1g.5gb': 7 } }],
  },
}

const folder = mkdtempSync(join(tmpdir(), 'containers-'))
const root = join(folder, 'root')
const machine = createSimulatedMachine('2x A100-SXM4-40GB')
const { library } = machine
writeRootTree(machine, root)
// On a real machine: /var/run/cdi/nvidia.yaml, which is the default.
const cdi = { file: join(folder, 'nvidia.yaml'), root }

try {
  await writeCdiSpec({ library, ...cdi })
  console.log('MIG is off.')
  await show('0')
  await show('all')

  // The specification is written again when the apply has been verified.
  await applyMigConfig(sevenths, { library, cdi })
  console.log('\nSeven MIG devices on each GPU.')
  await show('0:0')
  await show('0:0,0:1,1:0')
  const { devices } = resolveVisibleDevices('1:6', await readMigState({ library, root }))
  await show(devices[0].names.uuid)
  await show(devices[0].names.legacyUuid)
  await show('0:7')
} finally {
  machine.close()
  rmSync(folder, { recursive: true })
}

/** Prints what a container with this NVIDIA_VISIBLE_DEVICES gets. */
async function show(visible) {
  console.log(`\nNVIDIA_VISIBLE_DEVICES=${visible}`)
  const state = await readMigState({ library, root })
  let found
  try {
    found = resolveVisibleDevices(visible, state)
  } catch (error) {
    console.log(`  ${error.message}`)
    return
  }
  console.log(`  docker run ${dockerArguments(state, found.devices).join(' ')} …`)
  const { spec } = await writeCdiSpec({ library, ...cdi })
  const names = found.devices.map(({ names: { index } }) => index)
  const container = ociEdits({ ociVersion: '1.0.2' }, names, spec)
  for (const { path, major, minor } of container.linux.devices)
    console.log(`  ${path}  ${major}:${minor}`)
}
