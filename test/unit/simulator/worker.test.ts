import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { findBuilt } from '../../../lib/driver/addon/built-files.js'
import { createSimulatedMachine, simulatorFolder } from '../../../lib/simulator.js'

/** Runs code in a worker thread that has the control addon as `addon`. */
async function inWorker(code: string, data: object): Promise<unknown> {
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads')
     const addon = require(workerData.addon)
     const control = (command) => JSON.parse(addon.control(workerData.library, command).reply)
     parentPort.postMessage((() => { ${code} })())`,
    {
      eval: true,
      workerData: {
        addon: findBuilt('mig_simulator_control.node', 'the addon'),
        library: `${simulatorFolder()}/libnvidia-ml.so.1`,
        ...data,
      },
    },
  )
  const [answer] = await once(worker, 'message')
  await worker.terminate()
  return answer
}

describe('in worker threads', () => {
  it('a worker thread sees the machine that the main thread created', async () => {
    using machine = createSimulatedMachine('T4')
    const { library } = structuredClone({ library: machine.library })
    await inWorker("control('lose-gpu gpu=0 machine=' + workerData.machine)", {
      machine: library.selector?.value,
    })
    expect(machine.describe().gpus[0]?.lost).toBe(true)
  })

  it('worker threads create and close machines side by side', async () => {
    const counts = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((gpus) =>
        inWorker(
          `let count
           for (let i = 0; i < 50; ++i) {
             const { machine } = control('create machine="' + workerData.gpus + 'x T4"')
             count = control('describe machine=' + machine).gpus.length
             control('close machine=' + machine)
           }
           return count`,
          { gpus },
        ),
      ),
    )
    expect(counts).toEqual([1, 2, 3, 4, 5, 6])
  })
})
