import { readFileSync } from 'node:fs'
import type { CompletedApply, GpuReport } from '../../../types/machine/report.js'
import type { GpuInstance } from '../../../types/model/state.js'
import type { SimulatedMachine } from '../../../types/simulator/machine.js'
import { applyMigConfig } from '../../machine/apply.js'
import { packageRoot } from '../../model/package-root.js'
import { renderMachine } from '../../render/machine.js'
import type { Terminal } from '../parse/verb.js'
import { formatDuration } from '../print/duration.js'
import { pictureOptions } from '../print/machine.js'

/** Files of `examples/`, with their configurations in the order of the demo. */
const acts = [
  {
    file: 'kubecon-demo.yaml',
    configs: ['all-disabled', 'all-1g.5gb', 'all-2g.10gb', 'all-3g.20gb', 'all-balanced'],
  },
  { file: 'dgx-a100-mixes.yaml', configs: ['all-eight-mixed', 'half-whole-half-mixed'] },
] as const

/** Applies seven configurations in turn, and shows all eight GPUs after each. */
export async function showSeven(machine: SimulatedMachine, terminal: Terminal): Promise<void> {
  for (const { file, configs } of acts) {
    const document = readFileSync(new URL(`examples/${file}`, packageRoot()), 'utf8')
    for (const config of configs) {
      machine.resetCallCounts()
      const report = await applyMigConfig(document, {
        config,
        library: machine.library,
        signal: terminal.signal,
      })
      const calls = machine.callCounts()
      terminal.out(`\n${'─'.repeat(Math.min(terminal.textColumns, 100))}\n`)
      terminal.out(`${config}  (examples/${file}): ${report.outcome}\n\n`)
      terminal.out(`${renderMachine(report.after, pictureOptions(terminal))}\n`)
      terminal.out(`${summary(report)}\n`)
      terminal.out(
        `${calls.total} driver calls, ${calls.changing} of them changes; ${formatDuration(report.durationMs)}\n`,
      )
    }
  }
}

function summary(report: CompletedApply): string {
  return (['created', 'destroyed', 'kept'] as const)
    .map((what) => `${what.padEnd(9)} ${countProfiles(report.gpus, what)}`)
    .join('\n')
}

/** `16 × 1g.5gb, 8 × 2g.10gb` over all GPUs. */
function countProfiles(gpus: readonly GpuReport[], what: 'created' | 'destroyed' | 'kept'): string {
  const counts = new Map<string, number>()
  for (const instance of gpus.flatMap((gpu): readonly GpuInstance[] => gpu[what]))
    counts.set(instance.profileName, (counts.get(instance.profileName) ?? 0) + 1)
  if (counts.size === 0) return 'nothing'
  return [...counts]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, count]) => `${count} × ${name}`)
    .join(', ')
}
