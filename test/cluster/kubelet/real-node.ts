import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { ControlPlane } from '../harness/control-plane.js'
import { freePorts } from '../harness/ports.js'
import type { RunningProgram } from '../harness/program.js'
import { conditionOf, phaseOf } from '../harness/simulated-node.js'
import { until } from '../harness/until.js'
import { hasNoCluster, isMissing, pathOf } from '../programs.js'
import { boxImage } from './box-image.js'
import { type ContainerRuntime, startContainerRuntime } from './container-runtime.js'
import { openNodeBox } from './node-box.js'

/** A node of the cluster with a real kubelet and real containers. */
export interface RealNode extends AsyncDisposable {
  readonly name: string
  readonly runtime: ContainerRuntime
  readonly kubelet: RunningProgram
  /** The kubelet's own folder: `device-plugins`, `plugins_registry`, `pod-resources`. */
  readonly kubeletFolder: string
  /** What the container of a pod has written. */
  output(pod: string): Promise<string>
  logs(): string
}

/** For `describe.skipIf`: there is no such node to be had here. */
export function hasNoRealNode(): boolean {
  return hasNoCluster() || isMissing('kubelet', 'node-box')
}

export async function startRealNode(cluster: ControlPlane, name: string): Promise<RealNode> {
  const box = await openNodeBox()
  try {
    const { folder } = box
    const runtime = await startContainerRuntime(box, {
      containerd: pathOf('containerd'),
      'containerd-shim-runc-v2': pathOf('containerd-shim-runc-v2'),
      ctr: pathOf('ctr'),
    })
    const config = join(folder, 'kubelet.json')
    const [port = 0] = await freePorts(1)
    writeFileSync(config, JSON.stringify(configOf(runtime, port)))
    const kubelet = box.start({
      name: 'kubelet',
      path: pathOf('kubelet'),
      args: [
        `--config=${config}`,
        `--kubeconfig=${cluster.kubeconfig}`,
        `--hostname-override=${name}`,
        '--cert-dir=/var/lib/kubelet/pki',
        '--node-ip=127.0.0.1',
        '--v=2',
      ],
    })
    const logs = (): string => `${kubelet.log()}\n== containerd\n${runtime.program.log()}`
    const object = { apiVersion: 'v1', resource: 'nodes', name }
    await until(`node ${name} to be ready for pods`, async () => {
      const ended = kubelet.ended()
      if (ended !== null) throw new Error(`${ended}:\n${logs()}`)
      const node = await cluster.admin.get(object)
      const spec = node?.['spec'] as { readonly taints?: readonly unknown[] } | undefined
      return conditionOf(node, 'Ready') === 'True' && (spec?.taints ?? []).length === 0
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${logs()}`, { cause: error })
    })
    return {
      name,
      runtime,
      kubelet,
      kubeletFolder: join(folder, 'var-lib/kubelet'),
      output: (pod) =>
        until(`the output of pod ${pod}`, () => {
          const file = join(folder, 'var-log', `${pod}.txt`)
          return existsSync(file) && readFileSync(file, 'utf8')
        }),
      logs,
      async [Symbol.asyncDispose]() {
        await box[Symbol.asyncDispose]()
        await cluster.admin.remove(object)
      },
    }
  } catch (error) {
    await box[Symbol.asyncDispose]()
    throw error
  }
}

function configOf({ socket }: ContainerRuntime, port: number): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    containerRuntimeEndpoint: `unix://${socket}`,
    address: '127.0.0.1',
    port,
    readOnlyPort: 0,
    healthzPort: 0,
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    cgroupDriver: 'cgroupfs',
    failCgroupV1: false,
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    makeIPTablesUtilChains: false,
    failSwapOn: false,
    localStorageCapacityIsolation: false,
    evictionHard: { 'memory.available': '0%' },
    imageGCHighThresholdPercent: 100,
    nodeStatusUpdateFrequency: '1s',
    resolvConf: '',
  }
}

/** A pod that runs a script in the image of the tests. Its standard output is kept for `output`. */
export async function runPod(
  { admin }: ControlPlane,
  node: RealNode,
  name: string,
  script: string,
  more: { readonly pod?: object; readonly resources?: object; readonly labels?: object } = {},
): Promise<ClusterObject> {
  const pods = { apiVersion: 'v1', resource: 'pods', namespace: 'default' }
  await admin.create(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: {
      nodeSelector: { 'kubernetes.io/hostname': node.name },
      hostNetwork: true,
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'main',
          image: boxImage,
          imagePullPolicy: 'Never',
          command: ['/bin/sh', '-c', `${redirected(script, name)}; exec sleep infinity`],
          volumeMounts: [{ name: 'out', mountPath: '/out' }],
          resources: more.resources ?? {},
        },
      ],
      volumes: [{ name: 'out', hostPath: { path: '/var/log' } }],
      ...more.pod,
    },
  } as ClusterObject)
  return until(`pod ${name} to run`, async () => {
    const pod = await admin.get({ ...pods, name })
    return phaseOf(pod) === 'Running' ? pod : null
  }).catch(async (error: unknown) => {
    const pod = JSON.stringify((await admin.get({ ...pods, name }))?.['status'], null, 1)
    throw new Error(`${String(error)}\n${pod}\n${node.logs()}`, { cause: error })
  })
}

/** The file is there when it is complete. */
function redirected(script: string, name: string): string {
  return `(${script}) >/out/${name}.part; mv /out/${name}.part /out/${name}.txt`
}
