import { expect, test } from 'vitest'
import { withMigConfig } from '../../../../lib/index.js'
import { configure } from '../../../support/configure.js'
import { InterruptedApply } from '../../../support/interrupted.js'
import { readMigState } from '../../../support/read-state.js'
import { countDevices } from '../../../support/wanted.js'

const seven = { '1g.5gb': 7 }

test('withMigConfig after an interrupted apply restores the machine to its state before that apply', async () => {
  using left = await InterruptedApply.create()
  const { library } = left
  const devices = async () => (await readMigState({ library })).gpus.map(countDevices)
  expect(await devices()).not.toEqual([seven, seven])
  const outcomes = await withMigConfig(
    configure({ '3g.20gb': 2 }),
    ({ recovered }) => recovered.map(({ outcome }) => outcome),
    { library },
  )
  expect(outcomes).toEqual(['undone', 'undone'])
  expect(await devices()).toEqual([seven, seven])
})
