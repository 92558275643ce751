import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Run, run } from '../../peers/run.js'
import type { RunningProgram } from '../harness/program.js'
import { until } from '../harness/until.js'
import { boxImage, writeBoxImage } from './box-image.js'
import type { NodeBox } from './node-box.js'

/** Where containerd's programs are. */
export type RuntimePrograms = Readonly<
  Record<'containerd' | 'containerd-shim-runc-v2' | 'ctr', string>
>

/** A containerd in a box, with the image of the tests. */
export interface ContainerRuntime {
  readonly program: RunningProgram
  /** Runs containerd's own client. */
  ctr(...args: readonly string[]): Promise<Run>
  readonly socket: string
  /** Stands for /var/run/cdi. */
  readonly specs: string
}

export async function startContainerRuntime(
  box: NodeBox,
  paths: RuntimePrograms,
): Promise<ContainerRuntime> {
  const { folder } = box
  const [programs, network, specs] = [join(folder, 'bin'), join(folder, 'cni'), join(folder, 'cdi')]
  for (const made of [programs, network, specs]) mkdirSync(made, { recursive: true })
  const shim = 'containerd-shim-runc-v2'
  symlinkSync(paths[shim], join(programs, shim))
  // Pods here have the network of their node; a node counts as ready only with a network for others.
  writeFileSync(
    join(network, '10-none.conflist'),
    JSON.stringify({ cniVersion: '1.0.0', name: 'none', plugins: [{ type: 'loopback' }] }),
  )
  const socket = join(folder, 'run/containerd.sock')
  const config = join(folder, 'containerd.toml')
  writeFileSync(config, configOf(folder, socket))
  const program = box.start({
    name: 'containerd',
    path: paths.containerd,
    args: ['--config', config],
    env: { ...process.env, PATH: `${programs}:${process.env['PATH']}` },
  })
  const ctr = (...args: readonly string[]): Promise<Run> =>
    run(paths.ctr, ['--address', socket, '--namespace', 'k8s.io', ...args])
  await until('containerd to answer', async () => {
    const ended = program.ended()
    if (ended !== null) throw new Error(`${ended}:\n${program.log()}`)
    return (await ctr('version')).status === 0
  })
  const { status, stderr } = await ctr('images', 'import', writeBoxImage(folder))
  if (status !== 0) throw new Error(stderr)
  return { program, ctr, socket, specs }
}

function configOf(folder: string, socket: string): string {
  const text = (value: string): string => JSON.stringify(value)
  const cri = "[plugins.'io.containerd.cri.v1"
  return `version = 3
root = ${text(join(folder, 'containerd-root'))}
state = '/run/containerd'
[grpc]
address = ${text(socket)}
${cri}.images'.pinned_images]
sandbox = ${text(boxImage)}
${cri}.runtime']
# This process may lack the capability to lower it.
restrict_oom_score_adj = true
cdi_spec_dirs = [${text(join(folder, 'cdi'))}]
${cri}.runtime'.cni]
conf_dir = ${text(join(folder, 'cni'))}
bin_dirs = [${text(join(folder, 'cni'))}]
`
}
