import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSimulatedMachine, writeRootTree } from '../../lib/simulator.js'
import { writeKubeconfig } from '../cluster/harness/kubeconfig.js'
import { runInProcess } from './run-in-process.js'

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-nvml-dra-'))
  const machine = createSimulatedMachine('T4', { store: join(folder, 'store') })
  writeRootTree(machine, join(folder, 'root'))
  machine.close()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A driver on a machine with one GPU, of a cluster that nobody serves. */
const words = (...more: readonly string[]): readonly string[] => [
  ...['dra-driver', '--kubelet-dir', folder, '--cdi-file', join(folder, 'spec.json')],
  ...['--store', join(folder, 'store'), '--root', join(folder, 'root')],
  '--kubeconfig',
  writeKubeconfig(join(folder, 'kubeconfig'), { server: 'http://127.0.0.1:1', token: 'none' }),
  ...more,
]

test.each([
  ['as text on standard error', 'stderr', []],
  ['as a line of JSON', 'stdout', ['--json']],
] as const)(
  'dra-driver says %s that the API server does not answer, goes on, and ends with 0 on SIGTERM',
  async (_, stream, more) => {
    const child = spawn(process.execPath, [cli, ...words('--node-name', 'n', ...more)])
    try {
      const lines = createInterface({ input: child[stream] })[Symbol.asyncIterator]()
      const line = String((await lines.next()).value)
      if (stream === 'stderr') expect(line).toMatch(/^list resourceslices: .*; it is tried again$/)
      else
        expect(JSON.parse(line)).toMatchObject({
          kind: 'waiting',
          error: { code: 'MIG_CLUSTER_UNAVAILABLE' },
        })
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      expect(await ended).toEqual([0, null])
    } finally {
      child.kill('SIGKILL')
    }
  },
)

test.each([
  [[], '--node-name is missing'],
  [['--node-name', 'Worker 1'], '--node-name takes'],
  [['--node-name', 'n', '--dra-driver', 'gpu_nvidia'], '--dra-driver takes'],
  [['--node-name', 'n', '--ignored-xids', 'x'], "--ignored-xids takes numbers or all, not 'x'"],
])('dra-driver %j is a wrong command line', async (more, message) => {
  const { status, err } = await runInProcess(words(...more))
  expect(status).toBe(2)
  expect(err).toContain(message)
})
