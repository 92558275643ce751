import { fileURLToPath } from 'node:url'
import { describe, expect, inject, test } from 'vitest'
import { conformanceCases } from '../conformance/cases/index.js'
import { expectOutcome, referenceOutcome } from '../conformance/expect-outcome.js'
import { openOwnTrial } from '../conformance/own-trial.js'
import { type OpenTrial, runCase } from '../conformance/run-case.js'
import { type ComparedCase, conformancePage } from '../conformance/table.js'
import { createHost } from './host.js'
import { runParted } from './mig-parted.js'
import { isMissing } from './peer.js'
import { goPeers } from './pins.js'

const page = fileURLToPath(new URL('../../docs/conformance.md', import.meta.url))
const reference = goPeers.find(({ name }) => name === 'nvidia-mig-parted')?.version ?? ''
const isHere = !isMissing('nvidia-mig-parted') && inject('mounts')

const openReferenceTrial: OpenTrial = async (machine, options) => {
  const host = await createHost(machine, options)
  return {
    machine: host.machine,
    run: (args) => runParted(host, ...args),
    [Symbol.dispose]: () => host.close(),
  }
}

test.runIf(process.env['MIG_NVML_CONFORMANCE'] === 'write')(
  'docs/conformance.md is written from runs of both programs',
  () => expect(isHere, 'mig-parted is not installed, or this process may not mount').toBe(true),
)

describe.skipIf(!isHere)('the conformance cases', () => {
  const compared: ComparedCase[] = []

  test.each(
    conformanceCases.map((each) => [`${each.id} ${each.variant ?? ''}`.trim(), each] as const),
  )(
    '%s goes as it should here, and as it is known to go in mig-parted',
    async (_, conformanceCase) => {
      const theirs = await runCase(conformanceCase, openReferenceTrial)
      const ours = await runCase(conformanceCase, openOwnTrial)
      for (const [index, run] of conformanceCase.runs.entries()) {
        const [reference, own] = [theirs[index], ours[index]]
        if (reference === undefined || own === undefined) throw new Error('a run is missing')
        expectOutcome(reference, referenceOutcome(run))
        expectOutcome(own, run.want)
      }
      compared.push({ conformanceCase, ours, theirs })
    },
  )

  test('docs/conformance.md shows what both programs do (npm run conformance writes it)', async () => {
    // Where one of the programs did something else, there is nothing to be written down.
    expect(compared).toHaveLength(conformanceCases.length)
    await expect(conformancePage(compared, reference)).toMatchFileSnapshot(page)
  })
})
