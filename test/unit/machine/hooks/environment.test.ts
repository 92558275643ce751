import { describe, expect, test } from 'vitest'
import { applyMigConfig, checkpointMig, restoreMig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { ApplyEvent } from '../../../../types/machine/events.js'
import { wantOnAll } from '../../../support/wanted.js'

const config = wantOnAll({ '3g.20gb': 2 })
const hooks = `version: v1
hooks:
  apply-start:
    - command: env
      envs:
        OWN: mine
        MIG_PARTED_SELECTED_CONFIG: not this
`

/** Collects the output of hook programs. */
function collect(): { onEvent: (event: ApplyEvent) => void; variables: () => unknown } {
  let text = ''
  return {
    onEvent: (event) => {
      if (event.kind === 'hook-output') text += event.text
    },
    variables: () =>
      Object.fromEntries(
        text
          .trim()
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      ),
  }
}

describe('the environment of a hook', () => {
  test('a hook of an apply has its own variables and the flags of mig-parted, and nothing else', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const { onEvent, variables } = collect()
    await applyMigConfig(config, { library: machine.library, hooks, onEvent, skipReset: true })
    expect(variables()).toEqual({
      OWN: 'mine',
      MIG_PARTED_CONFIG_FILE: '',
      MIG_PARTED_SELECTED_CONFIG: 'wanted',
      MIG_PARTED_HOOKS_FILE: '',
      MIG_PARTED_SKIP_RESET: 'true',
      MIG_PARTED_MODE_CHANGE_ONLY: 'false',
    })
  })

  test('hookEnvs override all other variables of a hook', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const { onEvent, variables } = collect()
    const hookEnvs = { MIG_PARTED_CONFIG_FILE: '/etc/config.yaml', OWN: 'yours' }
    await applyMigConfig(config, { library: machine.library, hooks, hookEnvs, onEvent })
    expect(variables()).toMatchObject(hookEnvs)
  })

  test('a hook of a restore has the flags that mig-parted sets for a restore', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const library = machine.library
    const { onEvent, variables } = collect()
    await restoreMig(await checkpointMig({ library }), { library, hooks, onEvent })
    expect(variables()).toEqual({
      OWN: 'mine',
      // Not a flag of restore, so the hook's own value stays.
      MIG_PARTED_SELECTED_CONFIG: 'not this',
      MIG_PARTED_CHECKPOINT_FILE: '',
      MIG_PARTED_HOOKS_FILE: '',
      MIG_PARTED_MODE_CHANGE_ONLY: 'false',
    })
  })
})
