import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  createSimulatedMachine,
  type SimulatedMachineSpec,
  writeRootTree,
} from '../../lib/simulator.js'
import type {
  SimulatedGpu,
  SimulatedMachine,
  SimulatedMachineOptions,
} from '../../types/simulator/machine.js'
import { type Run, type RunOptions, run } from './run.js'

const enter = fileURLToPath(new URL('host.sh', import.meta.url))
const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** A simulated machine together with the files of a host that has these GPUs. */
export interface Host {
  readonly machine: SimulatedMachine
  /** An empty folder, gone with the host. */
  readonly folder: string
  /** What a container runtime takes for the root of the host: `/proc`, `/sys` and `/dev` of this moment. */
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
  for (const part of [tree, bin, folder]) mkdirSync(part, { recursive: true, mode: 0o700 })
  const machine = createSimulatedMachine(spec, { ...options, store })
  writeRootTree(machine, tree)
  writeBoard(join(tree, 'sys/class/dmi/id'))
  writeNvidiaSmi(join(bin, 'nvidia-smi'), store, machine.describe().gpus)

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
      return tree
    },
    run: (program, args, given = {}) =>
      run(enter, [tree, program, ...args], { ...given, env: { ...env, ...given.env } }),
    close,
    [Symbol.dispose]: close,
  }
}

// What the kernel shows of the machine's board.
function writeBoard(folder: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'product_name'), 'Simulated 8\n')
}

// The one thing that is asked of it: `nvidia-smi -r -i BUS,BUS`.
function writeNvidiaSmi(path: string, store: string, gpus: readonly SimulatedGpu[]): void {
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
