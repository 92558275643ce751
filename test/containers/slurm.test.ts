// Slurm's own reading of gres.conf: `slurmd -G` prints what the daemon would offer. It checks that each file is there.
import { mkdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { deviceNodes, listContainerDevices, slurmGres } from '../../lib/containers.js'
import { readMigState } from '../../lib/index.js'
import { writeRootTree } from '../../lib/simulator.js'
import { type Run, run } from '../peers/run.js'
import { divide } from '../support/machine-root.js'
import { createRootedMachine } from '../support/rooted-machine.js'
import { isMissing } from './parts.js'

const withDev = fileURLToPath(new URL('with-dev.sh', import.meta.url))

describe.skipIf(isMissing('slurmd'))('slurmd', () => {
  test('slurmd offers each MIG device and each GPU of gres.conf, by its type and its files', async () => {
    using rooted = createRootedMachine('2x A100-SXM4-40GB, H100 80GB HBM3')
    await divide(rooted.machine, {
      0: { '3g.20gb': 1, '1g.5gb': 2, '1g.5gb+me': 1 },
      2: { '1c.3g.40gb': 2, '2g.20gb': 1 },
    })
    writeRootTree(rooted.machine, rooted.root)
    const state = await readMigState(rooted.options)
    const { gresConf, nodeGres } = slurmGres(state)
    const { stdout, stderr, status } = await showGres(
      rooted.folder,
      rooted.root,
      gresConf,
      nodeGres,
    )
    expect(status, stderr).toBe(0)
    expect(stderr + stdout).not.toMatch(/error|fatal/i)

    const offered = [
      ...(stderr + stdout).matchAll(/Name=gpu Type=(\S+) Count=(\d+) .*File=(\S+)/g),
    ].map(([, type, count, files]) => ({ type, count, files: files?.split(',') }))
    const devices = listContainerDevices(state)
    expect(devices).toHaveLength(8)
    expect(offered.map(({ files }) => files)).toEqual(
      devices.map((device) => deviceNodes(state, device).map(({ path }) => path)),
    )
    expect(offered.every(({ count }) => count === '1')).toBe(true)
    // As many of each type as the node's line says.
    const counts = new Map<string, number>()
    for (const { type = '' } of offered) counts.set(type, (counts.get(type) ?? 0) + 1)
    expect(nodeGres.split(',').sort()).toEqual(
      [...counts].map(([type, count]) => `gpu:${type}:${count}`).sort(),
    )
  })

  test('slurmd notices a MIG device of gres.conf whose nodes are not there', async () => {
    using rooted = createRootedMachine('A100-SXM4-40GB')
    await divide(rooted.machine, { 0: { '1g.5gb': 1 } })
    // The nodes below the root are those of before.
    const { gresConf, nodeGres } = slurmGres(await readMigState(rooted.options))
    const { stdout, stderr } = await showGres(rooted.folder, rooted.root, gresConf, nodeGres)
    expect(stderr + stdout).toContain('nvidia-cap')
    expect(stderr + stdout).toMatch(/can't stat|No such file/i)
  })
})

async function showGres(
  folder: string,
  root: string,
  gresConf: readonly string[],
  nodeGres: string,
): Promise<Run> {
  const [name = ''] = hostname().split('.')
  const settings = {
    ClusterName: 'test',
    SlurmctldHost: name,
    SlurmUser: 'root',
    GresTypes: 'gpu',
    ProctrackType: 'proctrack/linuxproc',
    StateSaveLocation: join(folder, 'state'),
    SlurmdSpoolDir: join(folder, 'spool'),
  }
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`)
  mkdirSync(join(folder, 'spool'))
  const config = join(folder, 'slurm.conf')
  writeFileSync(config, [...lines, `NodeName=${name} Gres=${nodeGres}`, ''].join('\n'))
  writeFileSync(join(folder, 'gres.conf'), `${gresConf.join('\n')}\n`)
  return run(withDev, [join(root, 'dev'), 'slurmd', '-f', config, '-G'], { timeoutMs: 60_000 })
}
