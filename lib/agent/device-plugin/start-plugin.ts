import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { DevicePlugin, DevicePluginOptions } from '../../../types/kubernetes/device-plugin.js'
import type { MigStateUpdate, MigStateWatch } from '../../../types/machine/watch.js'
import { MigError } from '../../errors.js'
import { repeatedWait } from '../../machine/watch/repeated-wait.js'
import { watchMigState } from '../../machine/watch.js'
import { loadGrpc } from '../kubelet/grpc.js'
import { devicePluginMessages } from '../kubelet/messages/device-plugin.js'
import { isAnswered } from '../kubelet/socket-server.js'
import { emptyView, type NodeView, noteChanges, renewOffer } from './node-view.js'
import { type OfferedResources, offeredResources } from './offered-resources.js'
import { onChange } from './on-change.js'
import { type PluginSettings, readPluginOptions } from './plugin-options.js'

/** How soon to look again while an apply runs: its end is no event of the driver. */
const changingMs = 100

/**
 * Offers the GPUs and MIG devices of this node to its kubelet, and follows their layout: a changed layout is a new list on the open
 * connection, so nothing restarts. It registers again with a kubelet that has restarted. Resolves when the machine has been read.
 *
 * @throws TypeError for wrong options. MigError `MIG_PLUGIN_RUNNING` beside another plugin, `MIG_PACKAGE_MISSING`, `MIG_DRIVER_NOT_FOUND`
 *   and others of `readMigState`.
 */
export async function startDevicePlugin(options: DevicePluginOptions): Promise<DevicePlugin> {
  const settings = readPluginOptions(options)
  const loaded = await loadGrpc(devicePluginMessages)
  await refuseOtherPlugin(settings.folder)
  const leaving = new AbortController()
  const { signal: given } = settings.driver
  const signal = given === undefined ? leaving.signal : AbortSignal.any([given, leaving.signal])
  const watch = watchMigState({ ...settings.driver, intervalMs: settings.intervalMs, signal })
  const first = await watch.next()
  const view = emptyView()
  const resources = offeredResources(loaded, view, {
    ...settings,
    driver: { ...settings.driver, signal },
  })
  const ended = run({ first: first.value, watch, view, resources, signal, settings }, leaving)
  // A caller that only closes the plugin must not be ended by a rejection that it does not await.
  ended.catch(() => {})
  const close = async (): Promise<void> => {
    leaving.abort()
    await ended.catch(() => {})
  }
  return { ended, close, [Symbol.asyncDispose]: close }
}

interface Following {
  readonly first: MigStateUpdate | undefined
  readonly watch: MigStateWatch
  readonly view: NodeView
  readonly resources: OfferedResources
  readonly signal: AbortSignal
  readonly settings: PluginSettings
}

async function run(following: Following, leaving: AbortController): Promise<void> {
  const { watch, resources, signal } = following
  try {
    await follow(following)
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    leaving.abort()
    await watch.return()
    await resources.close()
  }
}

async function follow({
  first,
  watch,
  view,
  resources,
  signal,
  settings,
}: Following): Promise<void> {
  if (first === undefined) return
  const { onEvent, intervalMs } = settings
  const problems = onChange((message) => onEvent({ kind: 'invalid', message }))
  const failures = onChange((_, error) => onEvent({ kind: 'failed', error }))
  const waits = onChange((_, error) => onEvent({ kind: 'waiting', error }))
  let { state } = first
  let next = repeatedWait(watch.next())
  for (;;) {
    const { problem, failure, isWaiting } = await renewOffer(view, state, settings)
    problems(problem === null ? null : new Error(problem))
    failures(failure)
    await resources.bringTo(view, state)
    waits(await resources.keep(signal))
    const update = await next(isWaiting ? Math.min(changingMs, intervalMs) : intervalMs)
    if (update?.done) return
    if (update === null) {
      noteChanges(view, [], settings)
      continue
    }
    noteChanges(view, update.value.changes, settings)
    state = update.value.state
    next = repeatedWait(watch.next())
  }
}

/** The sockets of NVIDIA's plugin. */
const otherSocket = /^nvidia-(?:gpu|mig-.*)\.sock$/

/** Two plugins for one resource would take turns at the kubelet, with different names for containers. */
async function refuseOtherPlugin(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names.filter((each) => otherSocket.test(each)))
    if (await isAnswered(join(folder, name)))
      throw new MigError(
        'MIG_PLUGIN_RUNNING',
        `NVIDIA's device plugin runs on this node: it answers at ${join(folder, name)}`,
        {
          hint: 'remove one of the two from the node: the kubelet takes one plugin for a resource',
        },
      )
}
