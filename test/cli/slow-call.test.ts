import { expect, test } from 'vitest'
import { describeEvent } from '../../lib/cli/print/describe-event.js'
import type { ApplyEvent } from '../../types/machine/events.js'

const slow: ApplyEvent & { readonly kind: 'slow' } = {
  kind: 'slow',
  fn: 'nvmlDeviceSetMigMode',
  gpu: 'GPU-2',
  gpuIndex: 2,
  step: { kind: 'set-mig-mode', gpu: 'GPU-2', gpuIndex: 2, enabled: true },
  durationMs: 20_040,
}

const lineOf = (event: ApplyEvent): unknown =>
  describeEvent(event, { debug: false, nameOf: (gpu) => gpu })

test('a call that does not come back is a line that no progress hides', () => {
  expect(lineOf(slow)).toEqual({
    text: 'GPU 2: nvmlDeviceSetMigMode has not come back for 20 s (turn MIG mode on); still waiting',
    routine: false,
  })
})

test('a read of the whole machine has neither GPU nor step', () => {
  expect(lineOf({ ...slow, fn: 'nvmlInit_v2', gpu: null, gpuIndex: null, step: null })).toEqual({
    text: 'nvmlInit_v2 has not come back for 20 s; still waiting',
    routine: false,
  })
})
