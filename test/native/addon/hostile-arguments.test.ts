import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadNative } from '../../../lib/driver/addon/native.js'
import { openNvml } from '../../../lib/nvml.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import type { GpuUuid } from '../../../types/model/state.js'
import type { Nvml } from '../../../types/nvml.js'
import { addonPath, controlAddonPath, simulatorPath } from '../../support/native-paths.js'

/** In a process of its own, which a crash would end by a signal. */
async function run(
  fixture: string,
): Promise<{ code: number | null; signal: string | null; output: string; errors: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-'))
  try {
    const path = fileURLToPath(new URL(`fixtures/${fixture}`, import.meta.url))
    const child = spawn(
      process.execPath,
      [path, addonPath(), simulatorPath(), controlAddonPath()],
      {
        cwd: folder,
        env: { ...process.env, MIG_SIMULATOR_MACHINE: '1x A100-SXM4-40GB +mig' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    const [output, errors, [code, signal]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ])
    return { code, signal, output, errors }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('no argument ends the process: every export gives a value, a TypeError, or the error that a getter threw', async () => {
  const { code, signal, output, errors } = await run('hostile-arguments.mjs')
  expect({ code, signal, errors }).toMatchObject({ code: 0, signal: null })
  const { calls, wrong, reads } = JSON.parse(output)
  expect(wrong).toEqual([])
  expect(calls).toBeGreaterThan(5000)
  expect(reads).toBe(true)
})

async function withGpu(look: (nvml: Nvml, gpu: GpuUuid) => Promise<void>): Promise<void> {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
  await using nvml = await openNvml({ library: machine.library })
  await look(nvml, await nvml.deviceGetHandleByIndex(0))
  expect(machine.callCounts().changing).toBe(0)
}

test('a call whose placement has a throwing getter rejects with that error, and creates nothing', async () => {
  await withGpu(async (nvml, gpu) => {
    for (const reason of [1, 'text', null, undefined, new RangeError('mine')]) {
      const placement = {
        size: 1,
        get start(): number {
          throw reason
        },
      }
      const caught = await nvml.deviceCreateGpuInstanceWithPlacement(gpu, 19, placement).then(
        () => ['created'],
        (error: unknown) => ['rejected', error],
      )
      expect(caught).toEqual(['rejected', reason])
    }
  })
})

// Every export of the addon takes arguments, and its errors say which function was called.
test('the error for a wrong argument begins with the name of the function, for every function of the addon', async () => {
  await withGpu(async (nvml) => {
    const functions = Object.keys(nvml).filter((name) => /^(?:system|device|.*Instance)/.test(name))
    expect(functions.length).toBeGreaterThan(40)
    for (const name of functions) {
      const call = Reflect.get(nvml, name) as (...args: unknown[]) => Promise<unknown>
      if (/^(?:systemGet(?:NVML|CudaDriver)Version|deviceGetCount)$/.test(name)) continue
      await expect(call(Symbol('wrong'))).rejects.toThrow(`nvml.${name}: argument 1 must be`)
    }
    for (const [name, call] of Object.entries(loadNative())) {
      // Not of this interface, or without an argument that could be wrong.
      if (functions.includes(name)) continue
      const wrong = (): unknown => (call as (wrong: unknown) => unknown)(Symbol('wrong'))
      expect(wrong).toThrow(`${name}: argument 0 must be`)
    }
  })
})

test('more field ids than NVML can have are a TypeError, which names the limit', async () => {
  await withGpu(async (nvml, gpu) => {
    const most = Array.from({ length: 1024 }, (_, id) => id)
    expect(await nvml.deviceGetFieldValues(gpu, most)).toHaveLength(1024)
    for (const length of [1025, 5_000_000]) {
      await expect(nvml.deviceGetFieldValues(gpu, Array(length).fill(1))).rejects.toThrow(
        /at most 1024/,
      )
    }
  })
})

test('a text with a zero character is refused, not cut at the zero', async () => {
  await withGpu(async (nvml, gpu) => {
    await expect(nvml.deviceGetHandleByUUID(`${gpu}\0x`)).rejects.toThrow(TypeError)
    await expect(nvml.deviceGetName(`${gpu}\0x`)).rejects.toThrow(TypeError)
  })
})

test('a call whose answer cannot become an object rejects, and the process goes on', async () => {
  const { code, signal, output, errors } = await run('hostile-prototype.mjs')
  expect({ code, signal, errors }).toMatchObject({ code: 0, signal: null })
  expect(JSON.parse(output)).toEqual({ rejected: 'set', after: true })
})
