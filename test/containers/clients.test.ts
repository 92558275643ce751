// A container of podman that works on a MIG device, around an apply.
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { divide } from '../support/machine-root.js'
import { createRootedMachine } from '../support/rooted-machine.js'
import { type Box, createBox, podmanOptions, runOptions } from './box.js'
import { isMissing } from './parts.js'

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const mig = `'${process.execPath}' '${cli}'`
const running = "podman inspect --format '{{.State.Running}}' job"
/** podman stops it at once. */
const work = "trap 'exit 0' TERM; while :; do sleep 0.1; done"

/** Runs a script beside a container, `job`, that works in the only MIG device of a GPU. */
async function runBeside(script: string, fault?: string) {
  using box = createBox('runc')
  using rooted = createRootedMachine('A100-SXM4-40GB', { store: true })
  const { machine, root, folder } = rooted
  const store = machine.env['MIG_SIMULATOR_STORE'] ?? ''
  await divide(machine, { 0: { '3g.20gb': 1 } })
  const instance = machine.describe().gpus[0]?.gpuInstances[0]?.id
  if (fault !== undefined) machine.fail({ fn: fault, error: 'NVML_ERROR_UNKNOWN' })
  writePodman(box, store)
  writeFileSync(
    join(folder, 'clients.yaml'),
    'version: v1\nclients: [{container: job, runtime: podman}, {container: absent, runtime: podman}]\n',
  )
  const start = `
    set -e
    trap 'podman rm --force --time 0 job >&2' EXIT
    podman run --detach --name job ${runOptions.join(' ')} --rootfs '${box.root}' /bin/sh -c "${work}" >&2
    pid=$(podman inspect --format '{{.State.Pid}}' job)
    echo $pid > pid
    ln -s /proc/$pid '${root}/proc/'
    ${mig} simulator add-process --store '${store}' --gpu 0 --gpu-instance ${instance} --compute-instance 0 --pid $pid
    set +e
    ${script}`
  const env = {
    ...process.env,
    ...machine.env,
    MIG_NVML_ROOT: root,
    PATH: `${box.folder}:${process.env['PATH']}`,
  }
  const done = await box.runOutside(`cd '${folder}'; ${start}`, env)
  const layout = machine.describe().gpus[0]?.gpuInstances.map(({ profileName }) => profileName)
  return { ...done, layout }
}

/** podman for these containers. The driver notices that the process of a stopped one is gone. */
function writePodman(box: Box, store: string): void {
  const path = join(box.folder, 'podman')
  const podman = `PATH=\${PATH#*:} podman ${podmanOptions('runc').join(' ')}`
  writeFileSync(
    path,
    `#!/bin/sh
${podman} "$@" || exit
[ "$1" != stop ] || exec ${mig} simulator remove-process --store '${store}' --pid "$(cat pid)"
`,
  )
  chmodSync(path, 0o755)
}

const sevenths = Array.from({ length: 7 }, () => '1g.5gb')
const apply = `${mig} apply --gpu 0 1g.5gb=7 --clients clients.yaml`

describe.skipIf(isMissing('podman with runc'))('a container of podman', () => {
  test('a container in the way is stopped and started again, and found by the control group of its process', async () => {
    const { stdout, stderr, layout } = await runBeside(`${apply} >&2; echo $?; ${running}`)
    expect(stdout, stderr).toBe('0\ntrue\n')
    expect(stderr).toMatch(/stopped the container job.*started the container job/s)
    expect(layout).toEqual(sevenths)
  })

  test('a container runs again after an apply that has failed', async () => {
    const fault = 'nvmlGpuInstanceCreateComputeInstance'
    const { stdout, stderr, layout } = await runBeside(`${apply} >&2; echo $?; ${running}`, fault)
    expect(stdout, stderr).toBe('1\ntrue\n')
    expect(stderr).toContain('started the container job')
    expect(layout).toEqual(['3g.20gb'])
  })

  test('a change beside the container leaves it alone', async () => {
    const beside = `${mig} apply --gpu 0 3g.20gb=1 1g.5gb=3 --clients clients.yaml`
    const started = "podman inspect --format '{{.State.StartedAt}}' job"
    const { stdout, stderr, layout } = await runBeside(
      `before=$(${started}); ${beside} >&2; echo $?; [ "$before" = "$(${started})" ] && echo same`,
    )
    expect(stdout, stderr).toBe('0\nsame\n')
    expect(layout).toHaveLength(4)
  })
})
