// A store is damaged while a process has it open: calls answer an error, and the process lives.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { compile, scratch, start } from './programs.js'
import { type Answer, nvml } from './shell.js'

test('a process survives damage to the lock of its open store', async () => {
  const store = join(scratch, 'broken')
  const client = start('nvml_shell', { STORE: store, MACHINE: '2x A100-SXM4-40GB +mig' })
  const lines = createInterface(client.stdout)[Symbol.asyncIterator]()
  async function call(text: string): Promise<Answer> {
    client.stdin.write(`${text}\n`)
    return JSON.parse((await lines.next()).value)
  }
  let complaint = ''
  client.stderr.on('data', (text) => {
    complaint += text
  })

  for (const text of ['init', 'create gpu0 9', 'keep @gpu gpu0', 'keep @gi gi gpu0 2']) {
    expect((await call(text)).ret).toBe(nvml.success)
  }
  execFileSync(compile('damage_store'), [store, 'lock-kind'])
  for (const text of ['mode @gpu', 'count', 'info @gi', 'set-mode @gpu 0', 'init', 'shutdown']) {
    expect([text, (await call(text)).ret]).toEqual([text, nvml.unknown])
  }
  const described = await call('control describe')
  expect(described.ret).not.toBe(0)
  const reason = `the machine is unusable: the lock of ${store} is damaged or held`
  expect(described['reply']).toMatchObject({ error: reason })
  // Other machines of the process still work.
  const made = (await call('control create machine=T4'))['reply'] as { readonly machine: number }
  await call(`select ${made.machine}`)
  expect((await call('init')).ret).toBe(nvml.success)
  client.stdin.end()
  // When all its output has arrived.
  expect(await once(client, 'close')).toEqual([0, null])
  expect(complaint).toContain(reason)
})
