import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { deviceClasses } from '../../../lib/kubernetes.js'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import { output, run } from '../../peers/run.js'
import { writeKubeconfig } from '../harness/kubeconfig.js'
import { isMissing, pathOf } from '../programs.js'
import { chart, driver, everything, plugin, rebalancer, root } from './chart-values.js'

const cli = join(root, 'dist/cli/main.js')

describe.skipIf(isMissing('helm'))('the Helm chart', () => {
  test.each([
    ['as it is', []],
    ['with every value', everything],
    ['with the device plugin', plugin],
    ['with the DRA driver', driver],
    ['with the rebalancer', rebalancer],
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

  test('passes on how often the layout is written to the node, also never', async () => {
    const template = (...values: string[]): Promise<string> =>
      output(pathOf('helm'), ['template', 'mig', chart, ...values])
    expect(await template()).toMatch(/^ +- --layout-interval=30$/m)
    expect(await template('--set=agent.layoutIntervalSeconds=0')).toMatch(
      /^ +- --layout-interval=0$/m,
    )
  })

  test('runs the device plugin only where it is wanted, with arguments that the program takes', async () => {
    expect(setsOf(await objects())).toHaveLength(1)
    const pod = podOf(await objects(...plugin), 'mig-device-plugin')
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
    const other = podOf(await objects(...plugin, stopped), 'mig-device-plugin')
    expect(other.nodeSelector).toEqual({
      'nvidia.com/gpu.present': 'true',
      'nvidia.com/gpu.deploy.device-plugin': 'true',
    })
  })

  test('runs the DRA driver only where it is wanted, with arguments that the program takes', async () => {
    const pod = podOf(await objects(...driver, '--set=draDriver.name=gpu.a.test'), 'mig-dra-driver')
    const args: readonly string[] = pod.containers[0].args
    expect(args).toContain('--dra-driver=gpu.a.test')
    const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-chart-'))
    try {
      const kubeconfig = writeKubeconfig(join(folder, 'kubeconfig'), {
        server: 'http://127.0.0.1:1',
        token: 'none',
      })
      const machine = ['--simulate', 'T4', '--store', join(folder, 'store'), '--node-name=node-1']
      const ways = [`--kubelet-dir=${folder}`, `--kubeconfig=${kubeconfig}`, '--timeout=2']
      const ended = await run(process.execPath, [cli, ...args, ...machine, ...ways])
      // It runs until its time is over.
      expect(ended.status, ended.stderr).toBe(124)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('runs the rebalancer only where it is wanted, without root, and with arguments that the program takes', async () => {
    const deployments = (all: readonly ClusterObject[]): readonly ClusterObject[] =>
      all.filter(({ kind }) => kind === 'Deployment')
    expect(deployments(await objects())).toEqual([])
    const [deployment] = deployments(await objects(...rebalancer))
    const { template } = Object(deployment?.['spec']) as { template: { spec: PodSpec } }
    const [container] = template.spec.containers
    expect(container.securityContext).toMatchObject({ runAsNonRoot: true })
    const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-chart-'))
    try {
      const kubeconfig = writeKubeconfig(join(folder, 'kubeconfig'), {
        server: 'http://127.0.0.1:1',
        token: 'none',
      })
      const ways = [`--kubeconfig=${kubeconfig}`, '--timeout=2']
      const ended = await run(process.execPath, [cli, ...container.args, ...ways])
      // It runs until its time is over.
      expect(ended.status, ended.stderr).toBe(124)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test.each(['gpu.nvidia.com', 'gpu.a.test'])(
    'has the two classes of the driver %s that deviceClasses has, or none where the cluster has them',
    async (name) => {
      const named = [...driver, `--set=draDriver.name=${name}`]
      const classes = classesOf(await objects(...named)).map(
        ({ apiVersion, kind, metadata, ...rest }) => ({
          apiVersion,
          kind,
          metadata: { name: metadata.name },
          ...rest,
        }),
      )
      expect(classes).toEqual(deviceClasses([], { driver: name }))
      const without = await objects(...named, '--set=draDriver.deviceClasses=false')
      expect(classesOf(without)).toEqual([])
    },
  )

  test('refuses the device plugin beside the DRA driver', async () => {
    const template = ['template', 'mig', chart, ...plugin, ...driver]
    const { status, stderr } = await run(pathOf('helm'), template)
    expect(status).not.toBe(0)
    expect(stderr).toContain('devicePlugin and draDriver give out the same devices')
  })

  test('has the agent await the slices of the DRA driver, of its own or another, and no resources beside them', async () => {
    const argsOf = async (...values: string[]): Promise<readonly string[]> =>
      podOf(await objects(...values), 'mig').containers[0].args
    expect(await argsOf(...driver)).toContain('--dra-driver=gpu.nvidia.com')
    expect(await argsOf('--set=agent.draDriver=gpu.a.test')).toContain('--dra-driver=gpu.a.test')
    expect((await argsOf()).filter((arg) => arg.startsWith('--dra-driver'))).toEqual([])
    const both = ['template', 'mig', chart, ...driver, '--set=agent.strategy=mixed']
    const { status, stderr } = await run(pathOf('helm'), both)
    expect(status).not.toBe(0)
    expect(stderr).toContain('agent.strategy is of a device plugin')
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

/** What the chart makes with these values. */
async function objects(...values: string[]): Promise<readonly ClusterObject[]> {
  const text = await output(pathOf('helm'), ['template', 'mig', chart, ...values])
  return parseAllDocuments(text).map((document) => document.toJS())
}

const setsOf = (all: readonly ClusterObject[]): readonly ClusterObject[] =>
  all.filter(({ kind }) => kind === 'DaemonSet')

const classesOf = (all: readonly ClusterObject[]): readonly ClusterObject[] =>
  all.filter(({ kind }) => kind === 'DeviceClass')

interface PodSpec {
  readonly containers: readonly [
    { readonly args: readonly string[]; readonly securityContext?: object },
  ]
  readonly nodeSelector: Readonly<Record<string, string>>
}

/** The pod of a DaemonSet. */
function podOf(all: readonly ClusterObject[], name: string): PodSpec {
  const found = setsOf(all).find(({ metadata }) => metadata.name === name)
  return Object(found?.['spec']).template.spec
}
