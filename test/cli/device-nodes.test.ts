import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createSimulatedMachine, writeRootTree } from '../../lib/simulator.js'
import { makesNodes } from '../support/make-nodes.js'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const withoutMknod = ['--bounding-set=-mknod', '--inh-caps=-mknod']
const canDrop = spawnSync('setpriv', [...withoutMknod, 'true']).status === 0
if (!canDrop) console.log('SKIPPED: mig-nvml device-nodes: setpriv cannot drop CAP_MKNOD here')

/** The root of a machine without the node of mig/monitor. */
function rootWithoutMonitor(): string {
  const root = mkdtempSync(join(tmpdir(), 'mig-nvml-nodes-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  using machine = createSimulatedMachine('A100-SXM4-40GB')
  writeRootTree(machine, root)
  rmSync(join(root, 'dev/nvidia-caps/nvidia-cap2'))
  return root
}

const nodesOf = (root: string): readonly string[] => readdirSync(join(root, 'dev/nvidia-caps'))

describe.skipIf(!canDrop || !makesNodes)('mig-nvml device-nodes', () => {
  test('device-nodes ends with status 1 while a node is missing, and makes it with --create', () => {
    const root = rootWithoutMonitor()
    const run = (...args: readonly string[]) =>
      spawnSync(process.execPath, [main, 'device-nodes', '--root', root, ...args], {
        encoding: 'utf8',
      })
    const before = run()
    expect(before.status).toBe(1)
    expect(before.stdout).toMatch(
      /^mig\/monitor +\/dev\/nvidia-caps\/nvidia-cap2 .* 0444 +missing$/m,
    )
    const made = run('--create', '--json')
    expect(made.status).toBe(0)
    expect(JSON.parse(made.stdout).created).toMatchObject([{ capability: 'mig/monitor' }])
    expect(nodesOf(root).toSorted()).toEqual(['nvidia-cap1', 'nvidia-cap2'])
    expect(run().status).toBe(0)
  })

  test('device-nodes --create without CAP_MKNOD says which right is missing, and leaves nothing', () => {
    const root = rootWithoutMonitor()
    const { status, stderr } = spawnSync(
      'setpriv',
      [...withoutMknod, process.execPath, main, 'device-nodes', '--create', '--root', root],
      { encoding: 'utf8' },
    )
    expect(status).toBe(1)
    expect(stderr).toContain('MIG_NODES_FAILED: cannot make /dev/nvidia-caps/nvidia-cap2')
    expect(stderr).toContain('CAP_MKNOD')
    expect(nodesOf(root)).toEqual(['nvidia-cap1'])
  })
})
