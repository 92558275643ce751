import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheFolder, type Peer, publish, refusal } from '../../peers/peer.js'
import { run } from '../../peers/run.js'

/** The modules here, the programs that their `tool` lines name, and programs of ours over their packages. */
const modules = {
  etcd: { 'go.etcd.io/etcd/server/v3': 'etcd' },
  kwok: { 'sigs.k8s.io/kwok/cmd/kwok': 'kwok' },
  containerd: {
    'github.com/containerd/containerd/v2/cmd/containerd': 'containerd',
    'github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2': 'containerd-shim-runc-v2',
    'github.com/containerd/containerd/v2/cmd/ctr': 'ctr',
  },
  'control-plane': {
    'k8s.io/kubernetes/cmd/kube-apiserver': 'kube-apiserver',
    'k8s.io/kubernetes/cmd/kube-scheduler': 'kube-scheduler',
    'k8s.io/kubernetes/cmd/kube-controller-manager': 'kube-controller-manager',
    'k8s.io/kubernetes/cmd/kubelet': 'kubelet',
    './kubelet-devices': 'kubelet-devices',
  },
} as const

/** Storage drivers of containerd that need libraries of C. */
const tags = 'no_btrfs,no_devmapper,no_zfs,no_aufs'

type ModuleName = keyof typeof modules
type BuiltName =
  | 'etcd'
  | 'kwok'
  | 'containerd'
  | 'containerd-shim-runc-v2'
  | 'ctr'
  | 'kube-apiserver'
  | 'kube-scheduler'
  | 'kube-controller-manager'
  | 'kubelet'
  | 'kubelet-devices'

/** Every program of the control plane: from an earlier run, or built from the modules of our go.mod files. */
export async function findControlPlane(): Promise<Record<BuiltName, Peer>> {
  const found = {} as Record<BuiltName, Peer>
  for (const name of Object.keys(modules) as ModuleName[])
    for (const [target, program] of Object.entries(modules[name]) as [string, BuiltName][])
      found[program] = await findProgram(name, target, program)
  return found
}

async function findProgram(module: ModuleName, target: string, program: string): Promise<Peer> {
  const { stdout: version, status } = await run('go', ['env', 'GOVERSION'])
  if (status !== 0) return { kind: 'failed', reason: 'Go is not installed' }
  const source = fileURLToPath(new URL(`../${module}`, import.meta.url))
  const key = createHash('sha256').update(version.trim())
  const own = target.startsWith('./') ? [join(target, 'main.go')] : []
  for (const file of ['go.mod', 'go.sum', ...own]) key.update(readFileSync(join(source, file)))
  const place = join(cacheFolder(), `${program}-${key.digest('hex').slice(0, 16)}`)
  if (existsSync(place)) return { kind: 'found', path: place }

  mkdirSync(cacheFolder(), { recursive: true })
  const work = mkdtempSync(join(cacheFolder(), `${program}-`))
  const made = join(work, program)
  console.log(`building ${basename(place)}; the whole control plane takes some minutes, once`)
  const built = await run(
    'go',
    [
      ...['build', '-mod=readonly', '-trimpath', '-tags', tags],
      ...['-ldflags', linkerFlags(source), '-o', made, target],
    ],
    { cwd: source, env: { ...process.env, CGO_ENABLED: '0' }, timeoutMs: 3_000_000 },
  )
  if (built.status === 0) publish(made, place)
  rmSync(work, { recursive: true, force: true })
  return built.status === 0
    ? { kind: 'found', path: place }
    : refusal(built, /: (?:403 Forbidden|404 Not Found|410 Gone)/)
}

// Components compare their versions with each other's; without a stamp, all of them are v0.0.0.
function linkerFlags(source: string): string {
  const version = /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\d+)/.exec(
    readFileSync(join(source, 'go.mod'), 'utf8'),
  )
  if (version === null) return '-s -w'
  const [, full, major, minor] = version
  const stamp = 'k8s.io/component-base/version'
  return `-s -w -X ${stamp}.gitVersion=${full} -X ${stamp}.gitMajor=${major} -X ${stamp}.gitMinor=${minor}`
}
