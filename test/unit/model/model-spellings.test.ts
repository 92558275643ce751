// The names of GPU models, as NVML and as labels of Kubernetes nodes write them.
import { describe, expect, test } from 'vitest'
import { createFleet, packFleet } from '../../../lib/fleet.js'
import { planMigConfig } from '../../../lib/index.js'
import { findCatalogModel, listCatalogGpus } from '../../../lib/model/catalog.js'
import { createSimulatedMachine, listSimulatedModels } from '../../../lib/simulator.js'
import { migErrorOf, rejectionOf } from '../../support/errors.js'

/** As gpu-feature-discovery 0.20 writes a name into the label `nvidia.com/gpu.product`. */
function labelOf(name: string): string {
  return name
    .replaceAll(/[^A-Za-z0-9-_. ]/g, '')
    .trim()
    .replaceAll(/\s+/g, '-')
}

/** Names that one geometry has. */
const names = [
  ...new Set(listCatalogGpus().flatMap(({ products }) => products.map(({ name }) => name))),
].filter((name) => findCatalogModel(name) !== null)

const spellingsOf = (name: string): readonly string[] => {
  const label = labelOf(name)
  return [label, label.replace(/^NVIDIA-/, ''), label.toLowerCase(), name.replaceAll('-', ' ')]
}

test.each(names)(
  '%s means the same GPU in the spelling of a label, with and without NVIDIA',
  (name) => {
    for (const spelling of spellingsOf(name))
      expect(findCatalogModel(spelling)).toBe(findCatalogModel(name))
  },
)

test('each simulated model is found by its label', () => {
  for (const { name, key } of listSimulatedModels()) {
    if (findCatalogModel(name) === null && listCatalogGpus().some((gpu) => gpu.key === key))
      continue
    using machine = createSimulatedMachine(labelOf(name))
    expect(machine.describe().gpus.map(({ model }) => model)).toEqual([name])
  }
})

// The examples of NVIDIA's GPU operator and of DeepOps, some from before names began with NVIDIA.
test.each([
  ['NVIDIA-A100-SXM4-40GB', 'NVIDIA A100-SXM4-40GB'],
  ['A100-SXM4-40GB', 'NVIDIA A100-SXM4-40GB'],
  ['A100-PCIE-40GB', 'NVIDIA A100-PCIE-40GB'],
  ['A100-80GB-PCIe', 'NVIDIA A100 80GB PCIe'],
  ['NVIDIA-A100-80GB-PCIe', 'NVIDIA A100 80GB PCIe'],
  ['NVIDIA-H100-80GB-HBM3', 'NVIDIA H100 80GB HBM3'],
  ['H100-PCIe', 'NVIDIA H100 PCIe'],
  ['nvidia-a30', 'NVIDIA A30'],
  ['Tesla-T4', 'Tesla T4'],
])('a simulated machine takes %s for %s', (spelling, name) => {
  using machine = createSimulatedMachine(`2x ${spelling}`)
  expect(machine.describe().gpus.map(({ model }) => model)).toEqual([name, name])
})

describe('a label that several GPUs have is refused with the keys of each', () => {
  test('for a simulated machine', () => {
    const { message } = migErrorOf(() => createSimulatedMachine('NVIDIA-H100'))
    expect(message).toMatch(/h100-94gb-sxm or h100-64gb-sxm/)
  })

  test('for a GPU of a fleet', () => {
    const { message } = migErrorOf(() => createFleet({ gpus: [{ id: 'a', model: 'NVIDIA-H100' }] }))
    expect(message).toMatch(/h100-94gb-sxm or h100-64gb-sxm/)
  })
})

test('a request of a fleet names models in another spelling than its GPUs', async () => {
  const gpus = [
    { id: 'a', model: 'NVIDIA A100 80GB PCIe' },
    { id: 'b', model: 'NVIDIA-A100-SXM4-40GB' },
  ]
  const request = (model: string, profile: string) => ({
    id: 'r',
    profile,
    where: { models: [model] },
  })
  const fleet = createFleet({ gpus })
  const label = fleet.place(request('A100-80GB-PCIe', '1g.10gb'))
  expect(label).toMatchObject({ kind: 'placed', placements: [{ gpu: 'a' }] })
  const packed = await packFleet({ gpus, requests: [request('NVIDIA A100-SXM4-40GB', '1g.5gb')] })
  expect(packed.placements).toMatchObject([{ gpu: 'b' }])
})

const withFilter = (filter: string) =>
  ({
    version: 'mig-nvml/v1',
    'mig-configs': {
      wanted: [{ 'device-filter': filter, devices: 'all', 'mig-enabled': true, 'mig-devices': {} }],
    },
  }) as const

test.each([
  'NVIDIA-A100-80GB-PCIe',
  'A100-80GB-PCIe',
  'A100-80GB-*',
  'a100 80gb pcie',
  'A100-??GB-PCIe',
])(
  'the filter %s of a configuration matches an A100 80GB PCIe and no other GPU',
  async (filter) => {
    using machine = createSimulatedMachine('A100 80GB PCIe, A100-SXM4-40GB')
    const { gpus } = await planMigConfig(withFilter(filter), { library: machine.library })
    expect(gpus.map(({ gpuIndex }) => gpuIndex)).toEqual([0])
  },
)

test('a filter in the spelling of a label that no GPU has is still refused', async () => {
  using machine = createSimulatedMachine('A100 80GB PCIe')
  const { code } = await rejectionOf(
    planMigConfig(withFilter('A100-80GB-PCI'), { library: machine.library }),
  )
  expect(code).toMatch(/^MIG_/)
})
