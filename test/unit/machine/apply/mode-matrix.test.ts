import { describe, expect, test } from 'vitest'
import { applyMigConfig, readMigState } from '../../../../lib/index.js'
import { createSimulatedMachine, writeRootTree } from '../../../../lib/simulator.js'
import type { ApplyReport } from '../../../../types/machine/report.js'
import { rejectionOf } from '../../../support/errors.js'
import { fakeRoot, putProcess } from '../../../support/root-tree.js'
import { wantOnAll } from '../../../support/wanted.js'

interface Case {
  readonly model: 'A100-SXM4-40GB' | 'H100-80GB-SXM'
  readonly policy: 'automatic' | 'manual' | 'refused'
  readonly holder: 'nobody' | 'listed' | 'node-open'
  readonly skipReset: boolean
  readonly modeOnly: boolean
}

type End = 'on' | 'pending' | 'MIG_IN_USE' | 'MIG_REBOOT_REQUIRED'

/** What to expect of turning MIG on, from the MIG User Guide. */
function expectedEnd({ model, policy, holder, skipReset }: Case): End {
  // Hopper changes its mode at once, even if a process has opened the GPU.
  if (model === 'H100-80GB-SXM') return holder === 'listed' ? 'MIG_IN_USE' : 'on'
  if (!skipReset && holder !== 'nobody') return 'MIG_IN_USE'
  // The driver resets an idle GPU itself if it can; the simulated driver sees only its own clients.
  if (policy === 'automatic' && holder !== 'listed') return 'on'
  if (skipReset) return 'pending'
  return policy === 'refused' ? 'MIG_REBOOT_REQUIRED' : 'on'
}

function* allCases(): Generator<Case> {
  for (const model of ['A100-SXM4-40GB', 'H100-80GB-SXM'] as const)
    for (const policy of ['automatic', 'manual', 'refused'] as const)
      for (const holder of ['nobody', 'listed', 'node-open'] as const)
        for (const skipReset of [false, true])
          for (const modeOnly of [false, true]) yield { model, policy, holder, skipReset, modeOnly }
}

/** Instances were wanted too, and do not exist. */
async function refusedAsWaiting(work: Promise<unknown>, { policy }: Case): Promise<ApplyReport> {
  const { code, report } = await rejectionOf(work)
  expect(code).toBe(policy === 'refused' ? 'MIG_REBOOT_REQUIRED' : 'MIG_RESET_REQUIRED')
  if (report === undefined) throw new Error('no report')
  expect([report.outcome, report.gpus[0]?.outcome]).toEqual(['partial', 'partial'])
  return report
}

describe('MIG on', () => {
  test.each([...allCases()])('%j', async (each) => {
    const { model, policy, holder, skipReset, modeOnly } = each
    using machine = createSimulatedMachine(model, { resetPolicy: policy })
    const root = fakeRoot()
    writeRootTree(machine, root)
    if (holder === 'listed') machine.addProcess({ pid: 4711, gpu: 0, name: 'python3' })
    if (holder === 'node-open')
      putProcess(root, 815, { words: ['/usr/bin/nv-hostengine', '-n'], opens: ['/dev/nvidia0'] })
    const library = { ...machine.library, root }
    const small = model === 'A100-SXM4-40GB' ? '1g.5gb' : '1g.10gb'
    const options = { library, skipReset, modeOnly }
    const work = applyMigConfig(wantOnAll({ [small]: 7 }), options)

    const end = expectedEnd(each)
    if (end === 'on' || end === 'pending') {
      const report =
        end === 'pending' && !modeOnly ? await refusedAsWaiting(work, each) : await work
      const { modeStatus, resetRequired, rebootRequired } = report.gpus[0] ?? {}
      expect({ modeStatus, resetRequired, rebootRequired }).toEqual({
        modeStatus: end === 'on' ? 'changed' : 'pending',
        resetRequired: end === 'pending' && policy !== 'refused',
        rebootRequired: end === 'pending' && policy === 'refused',
      })
      expect(report.gpus[0]?.created).toHaveLength(end === 'on' && !modeOnly ? 7 : 0)
    } else {
      const error = await rejectionOf(work)
      expect(error.code).toBe(end)
      if (end === 'MIG_IN_USE') {
        expect(error.message).toMatch(
          holder === 'listed' ? /python3.*4711/ : /nv-hostengine -n.*815/,
        )
        expect(error.holders?.map(({ pid, gpuIndex }) => [pid, gpuIndex])).toEqual([
          [holder === 'listed' ? 4711 : 815, 0],
        ])
        expect(machine.callCounts().changing).toBe(0)
      }
    }
    const [gpu] = (await readMigState({ library })).gpus
    expect(gpu?.mig).toEqual({ enabled: end === 'on', pending: end === 'on' || end === 'pending' })
    expect(gpu?.gpuInstances).toHaveLength(end === 'on' && !modeOnly ? 7 : 0)
  })
})
