import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { simulatorVerb } from '../../lib/cli/verbs/simulator.js'
import { simulatorActions } from '../../lib/cli/verbs/simulator-actions.js'
import { fakeRoot } from '../support/root-tree.js'
import { runInProcess } from './run-in-process.js'

/** Methods that concern no existing machine, or only the replay of a journal. */
const others = ['create', 'open', 'close', 'models', 'functions', 'count-call']

test('the command line has an action for every command in docs/simulator.md', () => {
  const page = readFileSync(new URL('../../docs/simulator.md', import.meta.url), 'utf8')
  const table = page.slice(page.indexOf('## Commands'), page.indexOf('### Faults'))
  const verbs = [...table.matchAll(/^\| `([a-z-]+)/gm)].map(([, verb]) => verb)
  expect(verbs).toContain('describe')
  for (const verb of verbs.filter((each) => !others.includes(each ?? '')))
    expect(Object.keys(simulatorActions)).toContain(verb)
})

test('the help of the simulator verb says what each action does', async () => {
  const { words } = simulatorVerb
  expect(Object.keys(words?.help ?? {})).toEqual(expect.arrayContaining([...(words?.names ?? [])]))
  expect(Object.keys(words?.help ?? {})).toHaveLength(words?.names.length ?? -1)
  const { out } = await runInProcess(['help', 'simulator'], { textColumns: 1000 })
  for (const name of words?.names ?? []) expect(out).toMatch(new RegExp(`^  ${name} {2,}\\w`, 'm'))
})

test.each([
  ['models', 'x'],
  ['describe', 'x'],
  ['privileges', 'admin', 'x'],
  ['root-tree', 'folder', 'x'],
])('a word that simulator %s does not take is refused', async (...words) => {
  const { status, err } = await runInProcess(['simulator', ...words, '--store', '/nowhere'])
  expect(status).toBe(2)
  expect(err).toContain("unexpected argument 'x'")
})

test('the simulator verb sets idle memory, stale sessions and a subscriber', async () => {
  const store = join(fakeRoot(), 'machine')
  const act = (...words: readonly string[]) =>
    runInProcess(['simulator', ...words, '--store', store])
  await act('create', '--simulate', 'A30 +mig')
  expect((await act('idle-memory', '--memory-mib', '13')).status).toBe(0)
  expect((await act('stale-sessions', 'on')).status).toBe(0)
  expect((await act('stale-sessions', 'perhaps')).status).toBe(2)
  const holder = ['--pid', '9', '--gpu', '0', '--kind', 'subscriber']
  expect((await act('add-process', ...holder)).status).toBe(0)
  expect(JSON.parse((await act('describe')).out)).toMatchObject({
    staleSessions: true,
    idleMemoryMiB: 13,
    gpus: [{ processes: [{ pid: 9, kind: 'subscriber' }] }],
  })
})

test('simulator follow-tree resets a GPU without a driver whose reset file a program writes', async () => {
  const folder = fakeRoot()
  const [store, root] = [join(folder, 'machine'), join(folder, 'tree')]
  const act = (words: readonly string[], signal = new AbortController().signal) =>
    runInProcess(['simulator', ...words, '--store', store], { signal })
  await act(['create', '--simulate', 'A30'])
  expect((await act(['unload-driver'])).status).toBe(0)
  expect((await act(['request-mode', 'on', '--gpu', '0'])).status).toBe(0)
  const stop = new AbortController()
  const following = act(['follow-tree', root], stop.signal)
  const reset = join(root, 'sys/bus/pci/devices/0000:07:00.0/reset')
  await vi.waitFor(() => expect(existsSync(reset)).toBe(true), { timeout: 20_000 })
  writeFileSync(reset, '1')
  const described = async () => JSON.parse((await act(['describe'])).out)
  await vi.waitFor(
    async () =>
      expect(await described()).toMatchObject({
        driverLoaded: false,
        gpus: [{ mig: { enabled: true } }],
      }),
    { timeout: 20_000 },
  )
  stop.abort()
  expect((await following).status).toBe(0)
  expect((await act(['load-driver'])).status).toBe(0)
  expect(await described()).toMatchObject({ driverLoaded: true })
  expect((await act(['follow-tree'])).status).toBe(2)
})
