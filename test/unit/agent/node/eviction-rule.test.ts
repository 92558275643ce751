import { expect, test } from 'vitest'
import type { NodeAgentOptions } from '../../../../lib/agent/node/context.js'
import { refuseEvictions } from '../../../../lib/agent/node/eviction-rule.js'
import type { PodInTheWay } from '../../../../types/kubernetes/agent-pods.js'

const text = 'version: v1\nmig-configs:\n  own: [{devices: all, mig-enabled: false}]\n'
const optionsWith = (annotations: Readonly<Record<string, string>>): NodeAgentOptions =>
  ({ annotations: () => annotations }) as unknown as NodeAgentOptions
const pod = (fate: PodInTheWay['fate'], name = 'train'): PodInTheWay => ({
  namespace: 'team-a',
  name,
  uid: name,
  holds: ['GPU 0'],
  fate,
})
const refuse = (
  pods: readonly PodInTheWay[],
  { annotations = { 'mig-nvml/configs': text }, config = 'own' as string | null } = {},
) => refuseEvictions(optionsWith(annotations), { step: 'evict', config }, pods)

test.each(['evict', 'protected', 'static'] as const)(
  'a pod with the fate %s ends a run whose configuration stands on the node, for good',
  async (fate) => {
    expect(await refuse([pod('ends', 'first'), pod(fate)])).toEqual({
      kind: 'failed',
      step: 'evict',
      reason:
        'GPU 0 is held by pod team-a/train; the configuration stands on the node, and may not evict this pod',
      final: true,
    })
  },
)

test.each(['ends', 'starts', 'daemon-set'] as const)(
  'a pod with the fate %s, which nobody would evict, ends no run',
  async (fate) => {
    expect(await refuse([pod(fate)])).toBeNull()
  },
)

test('a run may evict the pods that the node names, and ends at any other one', async () => {
  const annotations = { 'mig-nvml/configs': text, 'mig-nvml/evict': 'team-a/train, team-b/x' }
  expect(await refuse([pod('evict')], { annotations })).toBeNull()
  const refused = await refuse([pod('evict'), pod('evict', 'late')], { annotations })
  expect(refused).toMatchObject({ kind: 'failed', final: true })
  expect(refused).toMatchObject({ reason: expect.stringMatching(/held by pod team-a\/late/) })
  expect(await refuse([pod('evict', 'x')], { annotations })).not.toBeNull()
})

test('a run goes on where the node allows evictions, and where its configuration does not stand on the node', async () => {
  const annotations = { 'mig-nvml/configs': text, 'mig-nvml/evict': 'true' }
  expect(await refuse([pod('evict')], { annotations })).toBeNull()
  expect(await refuse([pod('evict')], { config: 'other' })).toBeNull()
  expect(await refuse([pod('evict')], { config: null })).toBeNull()
  expect(await refuse([pod('evict')], { annotations: {} as never })).toBeNull()
})
