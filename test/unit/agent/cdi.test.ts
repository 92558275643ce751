import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { writeRootTree } from '../../../lib/simulator.js'
import { agentConfigs } from '../../support/agent-configs.js'
import { createAgentNode } from '../../support/agent-node.js'

const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-agent-cdi-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Spec {
  readonly devices: readonly { readonly name: string }[]
  readonly containerEdits?: { readonly mounts?: readonly object[] }
}

const library = { hostPath: '/lib/libcuda.so.1', containerPath: '/lib/libcuda.so.1' }

test('the CDI specification has the devices of the layout before the run succeeds, and keeps what it has for all', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  const [root, file] = [join(folder, 'root'), join(folder, 'nvidia.json')]
  mkdirSync(root)
  writeRootTree(world.machine, root)
  writeFileSync(
    file,
    JSON.stringify({
      cdiVersion: '0.5.0',
      kind: 'nvidia.com/gpu',
      devices: [{ name: 'all', containerEdits: { env: ['A=1'] } }],
      containerEdits: { mounts: [library] },
    }),
  )
  world.writeConfig(agentConfigs)
  world.start({ cdi: { file, root } })
  const read = (): Spec => JSON.parse(readFileSync(file, 'utf8')) as Spec
  world.setLabel('nvidia.com/mig.config', 'halves')
  await world.untilState('success')
  expect(read().devices.map(({ name }) => name)).toEqual(expect.arrayContaining(['0:0', '0:1']))
  expect(read().devices.map(({ name }) => name)).not.toContain('0:2')
  expect(read().containerEdits?.mounts).toEqual([library])
})
