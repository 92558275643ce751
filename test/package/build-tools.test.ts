import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const script = fileURLToPath(new URL('../../scripts/build-native.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-tools-'))
symlinkSync('/bin/true', join(folder, 'make'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a build without its tools says in one line which of them are missing', () => {
  const env = { PATH: folder }
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
    encoding: 'utf8',
    env,
  })
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: '',
    stderr: 'cannot build: a C++20 compiler (g++ or clang++), python3 not found in PATH\n',
  })
})
