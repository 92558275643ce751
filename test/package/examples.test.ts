import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const examples = fileURLToPath(new URL('../../examples', import.meta.url))

test('the benchmark script measures on each partition, and leaves nothing behind', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-example-'))
  try {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(examples, 'benchmark-script.mjs')],
      { cwd: folder, env: { ...process.env, TMPDIR: folder }, encoding: 'utf8' },
    )
    expect(stderr).toBe('')
    expect(stdout.trim().split('\n')).toEqual([
      'whole: 1 on GPU 0',
      'halves: 2 on GPU 0',
      'sevenths: 7 on GPU 0',
    ])
    expect(status).toBe(0)
    // No checkpoint file.
    expect(readdirSync(folder)).toEqual([])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
