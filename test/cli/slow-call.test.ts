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

test('a call that does not return gets a line that the progress bar does not hide', () => {
  expect(lineOf(slow)).toEqual({
    text: 'GPU 2: nvmlDeviceSetMigMode has not returned for 20 s (turn MIG mode on); still waiting',
    routine: false,
  })
})

test('the line of a slow read of the whole machine names no GPU and no step', () => {
  expect(lineOf({ ...slow, fn: 'nvmlInit_v2', gpu: null, gpuIndex: null, step: null })).toEqual({
    text: 'nvmlInit_v2 has not returned for 20 s; still waiting',
    routine: false,
  })
})
