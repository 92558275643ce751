import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readMigState } from '../../lib/index.js'
import {
  createSimulatedMachine,
  type SimulatedMachineSpec,
  writeRootTree,
} from '../../lib/simulator.js'
import type { SimulatedMachine, SimulatedMachineOptions } from '../../types/simulator/machine.js'
import { type Run, type RunOptions, run } from './run.js'
import { type PciGpu, writeSysTree } from './sys-tree.js'

const enter = fileURLToPath(new URL('host.sh', import.meta.url))
const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** A simulated machine together with the files of a host that has these GPUs. */
export interface Host {
  readonly machine: SimulatedMachine
  /** An empty folder, gone with the host. */
  readonly folder: string
  /** What a container runtime takes for the root of the host: `/proc` and `/dev` of this moment. */
  writeTree(): string
  /** Runs a program that sees this host's GPUs, `/proc`, `/sys` and `nvidia-smi`. */
  run(program: string, args: readonly string[], options?: RunOptions): Promise<Run>
  close(): void
  [Symbol.dispose](): void
}

export async function createHost(
  spec: SimulatedMachineSpec,
  options: Omit<SimulatedMachineOptions, 'store'> = {},
): Promise<Host> {
  const base = mkdtempSync(join(tmpdir(), 'mig-nvml-host-'))
  const store = join(base, 'store')
  const [tree, bin, folder] = [join(base, 'tree'), join(base, 'bin'), join(base, 'work')]
  for (const part of [join(tree, 'proc'), join(tree, 'sys'), bin, folder])
    mkdirSync(part, { recursive: true })
  const machine = createSimulatedMachine(spec, { ...options, store })
  const state = await readMigState({ library: machine.library })
  const nodes = new Map(machine.describe().gpus.map(({ uuid, numaNode }) => [uuid, numaNode]))
  const gpus = state.gpus.map((gpu) => ({ ...gpu, numaNode: nodes.get(gpu.uuid) ?? -1 }))
  writeSysTree(join(tree, 'sys'), gpus)
  writeLoadedModules(tree)
  writeNvidiaSmi(join(bin, 'nvidia-smi'), store, gpus)

  const env = { ...process.env, ...machine.env, PATH: `${bin}:${process.env['PATH']}` }
  function close(): void {
    machine.close()
    rmSync(base, { recursive: true, force: true })
  }
  return {
    machine,
    folder,
    writeTree() {
      writeRootTree(machine, tree)
      writeLoadedModules(tree)
      return tree
    },
    run: (program, args, given = {}) =>
      run(enter, [tree, program, ...args], { ...given, env: { ...env, ...given.env } }),
    close,
    [Symbol.dispose]: close,
  }
}

function writeLoadedModules(tree: string): void {
  const modules = ['nvidia_uvm 1 0 - Live 0x0', 'nvidia 1 1 nvidia_uvm, Live 0x0']
  writeFileSync(join(tree, 'proc/modules'), `${modules.join('\n')}\n`)
}

// The one thing that is asked of it: `nvidia-smi -r -i BUS,BUS`.
function writeNvidiaSmi(path: string, store: string, gpus: readonly PciGpu[]): void {
  // NVML writes addresses in capitals, the kernel does not.
  const cases = gpus.map(({ pciBusId, index }) => {
    const address = pciBusId.slice(-10)
    return `*${address} | *${address.toLowerCase()}) gpu=${index} ;;`
  })
  const reset = `'${process.execPath}' '${cli}' simulator reset-gpu --store '${store}' --gpu "$gpu"`
  writeFileSync(
    path,
    `#!/bin/sh
[ "$1 $2" = '-r -i' ] || { echo "nvidia-smi $*: only resets are simulated" >&2; exit 2; }
IFS=,
for bus in $3; do
  case $bus in
    ${cases.join('\n    ')}
    *) echo "no GPU at $bus" >&2; exit 6 ;;
  esac
  ${reset} || exit 19
done
`,
  )
  chmodSync(path, 0o755)
}
