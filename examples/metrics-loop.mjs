// Writes metrics of this machine for node_exporter every few seconds, and adds one of its own, MIG devices that no
// process uses: `node metrics-loop.mjs /var/lib/prometheus/node-exporter/mig.prom 15`.
// Without a GPU: eval "$(npx mig-nvml simulator create --simulate '2x A100-SXM4-40GB' --store gpus.store)"
import { rename, rm, writeFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { listMigDevices, readMigMetrics, readMigState } from 'mig-nvml'

const [file, seconds = '15'] = process.argv.slice(2)
if (!file?.endsWith('.prom')) throw new Error('name a file that ends in .prom')

const stop = new AbortController()
const { signal } = stop
for (const name of ['SIGINT', 'SIGTERM'])
  process.once(name, () => stop.abort(new Error(`stopped by ${name}`)))

let known = ''
try {
  for (;;) {
    const { text, failure } = await readMigMetrics({ signal })
    const state = await readMigState({ processes: true, signal }).catch(() => null)
    const idle = state === null ? '' : countIdle(state)
    // Written aside and renamed: a reader finds the old text or the new one.
    await writeFile(`${file}.new`, text + idle)
    await rename(`${file}.new`, file)
    const now = failure === null ? 'read' : failure.message
    if (now !== known) console.log(now)
    known = now
    await wait(1000 * Number(seconds), undefined, { signal })
  }
} catch (error) {
  if (!signal.aborted) throw error
} finally {
  // No file rather than an old one.
  await rm(file, { force: true })
}

/** How many MIG devices of each profile no process uses; nothing where the driver hides processes from this user. */
function countIdle(state) {
  if (state.usage.some(({ unreadable }) => unreadable.some(({ what }) => what === 'processes')))
    return ''
  const used = new Set(
    state.usage.flatMap(({ gpu, processes }) =>
      processes.map((each) => [gpu, each.gpuInstanceId, each.computeInstanceId].join()),
    ),
  )
  const idle = new Map()
  for (const { gpu, gpuInstanceId, computeInstanceId, profileName } of listMigDevices(state)) {
    if (!used.has([gpu, gpuInstanceId, computeInstanceId].join()))
      idle.set(profileName, (idle.get(profileName) ?? 0) + 1)
  }
  return [
    '# HELP mig_idle_devices MIG devices that no process uses.',
    '# TYPE mig_idle_devices gauge',
    ...[...idle].map(([profile, count]) => `mig_idle_devices{profile="${profile}"} ${count}`),
    '',
  ].join('\n')
}
