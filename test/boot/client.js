// Puts the main process of a unit on a GPU of the simulated machine, and takes it off:
// client.js enter UNIT GPU START, client.js leave UNIT
// Where the GPU is divided, the process takes the instance over the slice START; otherwise the whole GPU.
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { openSimulatedMachine } from '/opt/mig-nvml/dist/simulator.js'

const [, , action, unit, gpu = '0', start = '0'] = process.argv
const { MIG_SIMULATOR_STORE: store, MIG_NVML_ROOT: root, MAINPID } = process.env
const note = `/run/clients/${unit}`
const machine = openSimulatedMachine(store)
if (action === 'enter') enter(Number(MAINPID), Number(gpu), Number(start))
else leave()
machine.close()

function enter(pid, index, slice) {
  const { mig, gpuInstances } = machine.describe().gpus[index]
  const instance = gpuInstances.find(
    ({ placement }) => placement.start <= slice && slice < placement.start + placement.size,
  )
  // A GPU in MIG mode without instances has no place to work.
  if (mig.enabled && instance === undefined) return
  machine.addProcess({
    pid,
    gpu: index,
    name: unit,
    ...(instance === undefined ? {} : { gpuInstanceId: instance.id, computeInstanceId: 0 }),
  })
  symlinkSync(`/proc/${pid}`, `${root}/proc/${pid}`)
  mkdirSync('/run/clients', { recursive: true })
  writeFileSync(note, String(pid))
}

function leave() {
  let pid
  try {
    pid = readFileSync(note, 'utf8')
  } catch {
    return
  }
  machine.removeProcess(Number(pid))
  rmSync(`${root}/proc/${pid}`, { force: true })
  rmSync(note)
}
