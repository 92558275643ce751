// Reads the driver through mig-nvml, in a process of its own: a library that crashes or hangs takes
// this process with it, not the check. Usage: fork with the library as the only argument.
import { openSession } from '../../build/modules/driver/session.js'
import { openNvml } from '../../build/modules/nvml.js'
import { readGpu } from './read-gpu.js'
import { answer, readOnly } from './read-only.js'

const [library] = process.argv.slice(2)

try {
  await send({ kind: 'reading', reading: await readDriver() })
} catch (error) {
  const { code, ret = null, message } = error
  if (typeof code !== 'string') throw error
  await send({ kind: 'failure', code, ret, message })
}
process.disconnect()

async function readDriver() {
  const nvml = await openNvml({ library })
  try {
    const ask = readOnly(nvml, (name, args) => process.send({ kind: 'call', name, args }))
    const count = await ask('deviceGetCount')
    const gpus = []
    for (let index = 0; index < (count.value ?? 0); index++) gpus.push(await readGpu(ask, index))
    return {
      library: {
        path: nvml.libraryPath,
        driverVersion: nvml.driverVersion,
        nvmlVersion: await ask('systemGetNVMLVersion'),
      },
      count,
      gpus,
      state: await readState(),
    }
  } finally {
    await nvml.close()
  }
}

/** What the rest of this package makes of the same driver. */
async function readState() {
  const session = await openSession({ library })
  try {
    process.send({ kind: 'call', name: 'readState', args: [] })
    return await answer(() => session.readState())
  } finally {
    await session.close()
  }
}

function send(message) {
  return new Promise((resolve, reject) => {
    process.send(message, (error) => (error === null ? resolve() : reject(error)))
  })
}
