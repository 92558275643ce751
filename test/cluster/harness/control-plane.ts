import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectCluster } from '../../../lib/agent/client/connect.js'
import type { ClusterClient } from '../../../types/kubernetes/cluster-client.js'
import { pathOf } from '../programs.js'
import { writeKubeconfig } from './kubeconfig.js'
import { freePorts } from './ports.js'
import { type RunningProgram, startProgram } from './program.js'
import { createTokenSigner, issuer, type TokenSigner } from './tokens.js'
import { until } from './until.js'

/** A real control plane on the loopback interface. */
export interface ControlPlane {
  /** Its own folder, gone at the end. */
  readonly folder: string
  /** `https://127.0.0.1:…`. */
  readonly server: string
  /** The file of the API server's certificate, which signs itself. */
  readonly certificate: string
  /** The kubeconfig of an administrator. */
  readonly kubeconfig: string
  /** An administrator. */
  readonly admin: ClusterClient
  readonly adminToken: string
  readonly tokens: TokenSigner
  readonly etcd: RunningProgram
  readonly apiserver: RunningProgram
  readonly controllerManager: RunningProgram
  readonly scheduler: RunningProgram
  readonly kwok: RunningProgram
  /** The API server answers that it is ready. */
  ready(): Promise<void>
  /** The ends of all logs, for a test that has failed. */
  logs(): string
  [Symbol.asyncDispose](): Promise<void>
}

const stages = fileURLToPath(new URL('stages.yaml', import.meta.url))
const adminToken = 'admin-of-the-test'

/** Starts all five programs and waits until the API server is ready: some seconds. */
export async function startControlPlane({
  featureGates = '',
}: {
  /** Those of the API server and the scheduler: `DRADeviceTaints=false`. Default: as they come. */
  readonly featureGates?: string
} = {}): Promise<ControlPlane> {
  const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-cluster-'))
  const [etcdPort, peerPort, apiPort, managerPort, schedulerPort, kwokPort] = (await freePorts(
    6,
  )) as [number, number, number, number, number, number]
  const certificates = join(folder, 'certificates')
  const logFolder = join(folder, 'logs')
  for (const part of [certificates, logFolder]) mkdirSync(part)
  const tokens = createTokenSigner(folder)
  const tokenList = join(folder, 'tokens.csv')
  writeFileSync(tokenList, `${adminToken},admin,admin,system:masters\n`, { mode: 0o600 })

  const server = `https://127.0.0.1:${apiPort}`
  const certificate = join(certificates, 'apiserver.crt')
  const kubeconfig = writeKubeconfig(join(folder, 'admin.kubeconfig'), {
    server,
    certificate,
    token: adminToken,
  })
  const start = (name: Parameters<typeof pathOf>[0], args: readonly string[]): RunningProgram =>
    startProgram({ name, path: pathOf(name), args, logFile: join(logFolder, `${name}.log`) })

  const etcdUrl = `http://127.0.0.1:${etcdPort}`
  const peerUrl = `http://127.0.0.1:${peerPort}`
  const etcd = start('etcd', [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ])
  const apiserver = start('kube-apiserver', [
    `--etcd-servers=${etcdUrl}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${apiPort}`,
    `--cert-dir=${certificates}`,
    `--token-auth-file=${tokenList}`,
    '--authorization-mode=RBAC',
    '--endpoint-reconciler-type=none',
    '--service-cluster-ip-range=10.0.0.0/24',
    `--service-account-issuer=${issuer}`,
    `--service-account-key-file=${tokens.publicKeyFile}`,
    `--service-account-signing-key-file=${tokens.privateKeyFile}`,
    '--allow-privileged=true',
    `--feature-gates=${featureGates}`,
    // Pods of the tests need no token.
    '--disable-admission-plugins=ServiceAccount',
    '--profiling=false',
  ])

  const programs: RunningProgram[] = [etcd, apiserver]
  const logs = (): string =>
    programs.map((program) => `== ${program.name}\n${program.log()}`).join('\n')
  const dispose = async (): Promise<void> => {
    for (const program of programs) program.resume()
    await Promise.all(programs.map((program) => program.stop('SIGKILL')))
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    const ready = async (): Promise<void> => {
      const client = await connectCluster({ kubeconfig, timeoutMs: 5_000 })
      await until('the API server', async () => {
        const ended = etcd.ended() ?? apiserver.ended()
        if (ended !== null) throw new Error(ended)
        // Its roles and its first namespaces are there as well.
        const namespaces = await client.list({ apiVersion: 'v1', resource: 'namespaces' })
        const roles = { apiVersion: 'rbac.authorization.k8s.io/v1', resource: 'clusterroles' }
        const admin = await client.get({ ...roles, name: 'cluster-admin' })
        return admin !== null && namespaces.items.some((item) => item.metadata.name === 'default')
      })
    }
    await until('the certificate of the API server', () => {
      const ended = etcd.ended() ?? apiserver.ended()
      if (ended !== null) throw new Error(ended)
      return existsSync(certificate)
    })
    await ready()
    const common = [`--kubeconfig=${kubeconfig}`, '--leader-elect=false']
    const own = (port: number): readonly string[] => [
      ...common,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      '--profiling=false',
    ]
    const controllerManager = start('kube-controller-manager', [
      ...own(managerPort),
      `--service-account-private-key-file=${tokens.privateKeyFile}`,
      `--root-ca-file=${certificate}`,
      '--concurrent-gc-syncs=5',
    ])
    const scheduler = start('kube-scheduler', [
      ...own(schedulerPort),
      `--feature-gates=${featureGates}`,
    ])
    const kwok = start('kwok', [
      `--kubeconfig=${kubeconfig}`,
      `--config=${stages}`,
      '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
      `--server-address=127.0.0.1:${kwokPort}`,
      '--node-lease-duration-seconds=40',
    ])
    programs.push(controllerManager, scheduler, kwok)
    const admin = await connectCluster({ kubeconfig })
    return {
      folder,
      server,
      certificate,
      kubeconfig,
      admin,
      adminToken,
      tokens,
      etcd,
      apiserver,
      controllerManager,
      scheduler,
      kwok,
      ready,
      logs,
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    const end = logs()
    await dispose()
    throw new Error(`no control plane:\n${end}`, { cause: error })
  }
}
