import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { addonPath } from '../../../support/native-paths.js'

// Before the environment is changed.
const builtAddon = addonPath()
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-nvml-'))
  vi.resetModules()
  vi.stubEnv('MIG_NVML_BINDING', folder)
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

test('the error for a missing addon names the paths that were tried', async () => {
  const { openSession } = await import('../../../../lib/driver/session.js')
  await expect(openSession()).rejects.toMatchObject({
    code: 'MIG_NATIVE_UNAVAILABLE',
    message: expect.stringContaining(join(folder, 'mig_nvml.node')),
    hint: expect.any(String),
  })
})

test('the error for an addon that cannot be loaded has the message of the loader', async () => {
  writeFileSync(join(folder, 'mig_nvml.node'), 'not a library')
  const { openNvml } = await import('../../../../lib/nvml.js')
  await expect(openNvml()).rejects.toMatchObject({
    code: 'MIG_NATIVE_UNAVAILABLE',
    message: expect.stringMatching(/mig_nvml\.node: .*(too short|invalid ELF)/),
  })
})

test('without a folder in the environment, the error names all standard paths', async () => {
  vi.stubEnv('MIG_NVML_BINDING', '')
  const { builtPaths } = await import('../../../../lib/driver/addon/built-files.js')
  const paths = builtPaths('mig_nvml.node')
  expect(paths.map((path) => path.split('/').at(-2))).toEqual([
    'Release',
    'Debug',
    `linux-${process.arch}`,
  ])
})

test('the addon comes from the folder that the environment names', async () => {
  copyFileSync(builtAddon, join(folder, 'mig_nvml.node'))
  const { loadNative } = await import('../../../../lib/driver/addon/native.js')
  expect(loadNative().open).toBeTypeOf('function')
})
