import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { recordStopped } from '../../lib/machine/clients/client-record.js'
import { createSimulatedMachine } from '../../lib/simulator.js'
import { fakePrograms } from '../support/fake-programs.js'
import { fakeRoot, putProcess } from '../support/root-tree.js'
import { runInProcess } from './run-in-process.js'

test('--clients stops a unit that is in the way and starts it again, and recover starts what a crash has left', async () => {
  const root = fakeRoot()
  const store = join(root, 'store')
  using machine = createSimulatedMachine('A100-SXM4-40GB', { store })
  const programs = fakePrograms(root, store)
  for (const [name, value] of Object.entries({ ...machine.env, MIG_NVML_ROOT: root }))
    vi.stubEnv(name, value)
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
  machine.addProcess({ pid: 900, gpu: 0, name: 'nv-hostengine' })
  putProcess(root, 900, { cgroup: '0::/system.slice/nvidia-dcgm.service\n' })
  programs.run('nvidia-dcgm.service', 900)
  const clients = join(root, 'clients.yaml')
  writeFileSync(clients, 'version: v1\nclients: [{preset: dcgm}]\n')

  const request = ['apply', '--gpu', '0', '3g.20gb=2', '--clients', clients]
  const done = await runInProcess(request)
  expect(done.status).toBe(0)
  expect(done.err).toContain('stopped the unit nvidia-dcgm.service')
  expect(done.err).toContain('started the unit nvidia-dcgm.service')
  expect(programs.running()).toEqual(['nvidia-dcgm.service'])

  const lockFile = machine.library.lockFile ?? ''
  await recordStopped(lockFile, [{ kind: 'unit', name: 'nvsm.service', program: 'systemctl' }])
  const recovered = await runInProcess(['recover'])
  expect(recovered).toMatchObject({ status: 0, out: 'started the unit nvsm.service\n' })
  expect(existsSync(`${lockFile}.clients`)).toBe(false)

  writeFileSync(clients, 'version: v1\nclients: [{unit: kubelet}]\n')
  const wrong = await runInProcess(request)
  expect(wrong.status).toBe(1)
  expect(wrong.err).toContain('clients[0].unit must end as units do')
})
