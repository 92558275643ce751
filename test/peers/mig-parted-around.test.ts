// What stands around an apply, on mig-parted's side and on ours: its checkpoints, its hooks file.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, inject, test } from 'vitest'
import { applyMigConfig, restoreMig } from '../../lib/index.js'
import { readMigState } from '../support/read-state.js'
import { placesOf as everythingOf } from '../support/wanted.js'
import { createHost, type Host } from './host.js'
import { balancedModels, configFile, runParted, succeed } from './mig-parted.js'
import { isMissing, peerPath } from './peer.js'

const off = [{ devices: 'all', 'mig-enabled': false }] as const

describe.skipIf(isMissing('nvidia-mig-parted') || !inject('mounts'))('mig-parted', () => {
  test.each(balancedModels)(
    'this library restores the checkpoint of a %s that mig-parted took',
    async (model, balanced) => {
      using host = await createHost([{ model, migEnabled: true, count: 2 }], { driver: 'R595' })
      const library = host.machine.library
      const all = [{ devices: 'all', 'mig-enabled': true, 'mig-devices': balanced }] as const
      const checkpoint = join(host.folder, 'checkpoint.json')
      await succeed(runParted(host, 'apply', ...configFile(host, 'balanced', all)))
      const before = (await readMigState({ library })).gpus.map(everythingOf)
      await succeed(runParted(host, 'checkpoint', '-f', checkpoint))

      await applyMigConfig({ version: 'v1', 'mig-configs': { off } }, { library })
      await restoreMig(checkpoint, { library })
      expect((await readMigState({ library })).gpus.map(everythingOf)).toEqual(before)
      host.machine.resetCallCounts()
      await restoreMig(checkpoint, { library })
      expect(host.machine.callCounts().changing).toBe(0)
    },
  )

  describe('its hooks run at the same points and in the same environment', () => {
    const points = ['apply-start', 'pre-apply-mode', 'pre-apply-config', 'apply-exit']
    const seven = [
      { devices: 'all', 'mig-enabled': true, 'mig-devices': { '1g.10gb': 7 } },
    ] as const

    /** A hooks file in which every program writes its point and its environment down. */
    function hooksFile(host: Host, log: string): string {
      const path = join(host.folder, 'hooks.yaml')
      const lines = points.map(
        (point) => `  ${point}:
    - command: sh
      args: ["-c", "echo ${point}; exec env >> ${log}"]
      envs: {POINT: ${point}, MIG_PARTED_SELECTED_CONFIG: other, COUNT: 7}
      workdir: ${host.folder}`,
      )
      writeFileSync(path, `version: v1\nhooks:\n${lines.join('\n')}\n`)
      return path
    }

    /** By point, in order; of the shell's own variables nothing. */
    function logged(log: string): readonly (readonly string[])[] {
      const lines = readFileSync(log, 'utf8').trim().split('\n')
      const runs: string[][] = []
      for (const line of lines) {
        if (line.startsWith('PWD=') || line.startsWith('_=') || line.startsWith('SHLVL=')) continue
        const run = runs.at(-1)
        const name = line.split('=')[0]
        if (run === undefined || run.some((known) => known.split('=')[0] === name))
          runs.push([line])
        else run.push(line)
      }
      return runs.map((run) => run.sort())
    }

    test.each([
      ['mode and instances', false, [...points]],
      ['instances', true, ['apply-start', 'pre-apply-config', 'apply-exit']],
    ])('%s', async (_, migEnabled, expected) => {
      const runs = []
      for (const side of ['theirs', 'ours'] as const) {
        using host = await createHost([{ model: 'H100-80GB-SXM', migEnabled }], { driver: 'R595' })
        const log = join(host.folder, 'log')
        const hooks = hooksFile(host, log)
        const selection = configFile(host, 'seven', seven)
        if (side === 'theirs') {
          await succeed(runParted(host, 'apply', ...selection, '-k', hooks))
        } else {
          await applyMigConfig(readFileSync(selection[1], 'utf8'), {
            library: host.machine.library,
            config: 'seven',
            hooks: readFileSync(hooks, 'utf8'),
            hookEnvs: { MIG_PARTED_CONFIG_FILE: selection[1], MIG_PARTED_HOOKS_FILE: hooks },
          })
        }
        // The two hosts differ in their folders alone.
        runs.push(logged(log).map((run) => run.map((line) => line.replace(host.folder, ''))))
      }
      const [theirs, ours] = runs
      expect(ours).toEqual(theirs)
      expect(theirs?.map((run) => run.find((line) => line.startsWith('POINT=')))).toEqual(
        expected.map((point) => `POINT=${point}`),
      )
    })
  })

  test('the example script for boot needs only another name of the program', async () => {
    const examples = new URL('../../examples/', import.meta.url)
    const names = ['mig-at-boot.sh', 'stop-gpu-clients.yaml', 'kubecon-demo.yaml']
    const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
    const ends = []
    for (const program of [peerPath('nvidia-mig-parted'), `'${process.execPath}' '${cli}'`]) {
      using host = await createHost('2x A100-SXM4-40GB', { driver: 'R595' })
      const { folder, machine } = host
      for (const name of names) {
        const text = readFileSync(new URL(name, examples), 'utf8')
        writeFileSync(join(folder, name), text.replaceAll(/\bmig-nvml /g, `${program} `))
      }
      const log = join(folder, 'services')
      const bin = join(folder, 'bin')
      mkdirSync(bin)
      writeFileSync(join(bin, 'systemctl'), `#!/bin/sh\necho "$*" >> '${log}'\n`, { mode: 0o755 })
      const env = { PATH: `${bin}:${process.env['PATH']}` }
      const script = [join(folder, 'mig-at-boot.sh'), 'all-balanced']
      const { stdout } = await succeed(host.run('sh', script, { env }))
      expect(stdout).toContain('"1g.5gb": 2')
      machine.resetCallCounts()
      await succeed(host.run('sh', script, { env }))
      expect(machine.callCounts().changing).toBe(0)
      const { gpus } = await readMigState({ library: machine.library })
      const sizes = gpus.map(({ gpuInstances }) =>
        gpuInstances.map((each) => each.profileName).sort(),
      )
      ends.push({ services: readFileSync(log, 'utf8'), sizes })
    }
    expect(ends[1]).toEqual(ends[0])
  })
})
