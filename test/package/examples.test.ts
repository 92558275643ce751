import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const examples = fileURLToPath(new URL('../../examples', import.meta.url))

test('the example benchmark script measures on each partition, and restores the machine', () => {
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

test('the example scheduler makes room by moves, and has the same state after a restart', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(examples, 'scheduler.mjs')],
    { encoding: 'utf8' },
  )
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  const lines = stdout.trim().split('\n')
  expect(lines.filter((line) => line.includes(' runs on '))).toHaveLength(6)
  const moves = lines.findIndex((line) => / moves to node-[12], /.test(line))
  const big = lines.findIndex((line) => line.startsWith('big: runs on '))
  expect([moves > 0, moves < big]).toEqual([true, true])
  // Seven slices in one piece are not to be had while any GPU holds something, wherever that is.
  expect(lines).toContain('whole: refused, no-room, proven')
  expect(lines).toContain('2 GPUs, 5 jobs, 0 changes to the machines')
})
