import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import { output, run } from '../../peers/run.js'
import { isMissing, pathOf } from '../programs.js'
import { chart, everything, plugin, root } from './chart-values.js'

const cli = join(root, 'dist/cli/main.js')

describe.skipIf(isMissing('helm'))('the Helm chart', () => {
  test.each([
    ['as it is', []],
    ['with every value', everything],
    ['with the device plugin', plugin],
  ])('passes helm lint --strict %s', async (_, values) => {
    const { status, stdout, stderr } = await run(pathOf('helm'), [
      'lint',
      '--strict',
      chart,
      ...values,
    ])
    expect(status, stdout + stderr).toBe(0)
  })

  test('mounts the host only for reboots, and the configuration only where there is one', async () => {
    const template = (...values: string[]): Promise<string> =>
      output(pathOf('helm'), ['template', 'mig', chart, ...values])
    const plain = await template()
    expect(plain).not.toContain('mountPath: /host')
    expect(plain).not.toContain('--config-file')
    expect(await template('--set=agent.withReboot=true')).toContain('mountPath: /host')
    const operators = await template('--set=config.existingConfigMap=default-mig-parted-config')
    expect(operators).toContain('name: default-mig-parted-config')
    expect(operators).toContain('--config-file=/etc/mig-nvml/config.yaml')
  })

  test('runs the device plugin only where it is wanted, with arguments that the program takes', async () => {
    const template = async (...values: string[]): Promise<readonly ClusterObject[]> =>
      parseAllDocuments(await output(pathOf('helm'), ['template', 'mig', chart, ...values])).map(
        (document) => document.toJS(),
      )
    const sets = (objects: readonly ClusterObject[]): readonly ClusterObject[] =>
      objects.filter(({ kind }) => kind === 'DaemonSet')
    expect(sets(await template())).toHaveLength(1)
    const found = sets(await template(...plugin)).find(({ metadata }) =>
      metadata.name?.endsWith('-device-plugin'),
    )
    const pod = Object(found?.['spec']).template.spec
    const args: readonly string[] = pod.containers[0].args
    const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-chart-'))
    try {
      const machine = ['--simulate', 'T4', '--store', join(folder, 'store')]
      const sockets = ['--kubelet-dir', folder, '--timeout', '2']
      const ended = await run(process.execPath, [cli, ...args, ...machine, ...sockets])
      // It runs until its time is over.
      expect(ended.status, ended.stderr).toBe(124)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
    expect(pod.nodeSelector).toEqual({ 'nvidia.com/gpu.present': 'true' })
    const stopped =
      '--set-json=devicePlugin.nodeSelector={"nvidia.com/gpu.deploy.device-plugin":"true"}'
    const [, other] = sets(await template(...plugin, stopped)).toSorted((a, b) =>
      String(a.metadata.name).localeCompare(String(b.metadata.name)),
    )
    expect(Object(other?.['spec']).template.spec.nodeSelector).toEqual({
      'nvidia.com/gpu.present': 'true',
      'nvidia.com/gpu.deploy.device-plugin': 'true',
    })
  })

  test('passes only options that the agent has, in the version of the package', async () => {
    const text = await output(pathOf('helm'), ['template', 'mig', chart, ...everything])
    const help = await output(process.execPath, [join(root, 'dist/cli/main.js'), 'agent', '--help'])
    const passed = [...text.matchAll(/^ +- (--[a-z-]+)/gm)].map(([, option = '']) => option)
    expect(passed).toContain('--host-root-mount')
    expect(passed.filter((option) => !help.includes(`${option} `))).toEqual([])
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(text).toContain(`image: "mig-nvml-agent:${version}"`)
    expect(readFileSync(join(root, 'deploy/Containerfile'), 'utf8')).toContain(
      `mig-nvml@${version}`,
    )
  })
})
