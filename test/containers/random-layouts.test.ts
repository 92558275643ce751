// 300 random layouts of six models, as nvidia-ctk and CDI's own package see them.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cdiSpec, ociEdits } from '../../lib/containers.js'
import { readMigState, writeCdiSpec } from '../../lib/index.js'
import type { CdiSpec } from '../../types/containers/cdi.js'
import type { OciSpec } from '../../types/containers/runtimes.js'
import { createHost, type Host } from '../peers/host.js'
import { seededRandom } from '../peers/random-partition.js'
import { askCdiPackage, type CdiQuestion } from './cdi-package.js'
import { isMissing, pathOf } from './parts.js'
import { gpuCount, scrambleMachine, sixModels } from './random-machine.js'

const rounds = 300 / gpuCount
const names = ['index', 'type-index', 'uuid'] as const

describe.skipIf(isMissing('nvidia-ctk'))('nvidia-ctk cdi generate', () => {
  test('over 300 random layouts of six models, nvidia-ctk has the same devices, names and nodes', async () => {
    using host = await createHost(sixModels)
    const random = seededRandom(17)
    for (let round = 0; round < rounds; round++) {
      await scrambleMachine(host.machine, random)
      const root = host.writeTree()
      const ours = cdiSpec(await readMigState({ library: host.machine.library, root }), { names })
      expect(nodesByDevice(ours), `round ${round}`).toEqual(
        nodesByDevice(await generate(host, root)),
      )
    }
  })
})

/** The numbers and modes of the nodes of each device, and of those that every container gets. */
function nodesByDevice({ devices, containerEdits = {} }: CdiSpec): object {
  const all = [...devices, { name: '', containerEdits }]
  return Object.fromEntries(
    all.map(({ name, containerEdits: { deviceNodes = [] } }) => [
      name,
      deviceNodes
        // nvidia-ctk leaves a minor number of 0 out.
        .map(
          ({ path, major, minor = 0, fileMode = 0 }) =>
            `${path} ${major}:${minor} ${fileMode & 0o777}`,
        )
        .sort(),
    ]),
  )
}

async function generate(host: Host, root: string): Promise<CdiSpec> {
  const libraries = join(root, 'usr/lib64')
  mkdirSync(libraries, { recursive: true })
  // Only its name is read: it has the driver's version.
  writeFileSync(join(libraries, `libcuda.so.${host.machine.describe().driver}`), '')
  const done = await host.run(pathOf('nvidia-ctk'), [
    ...['cdi', 'generate', '--mode', 'nvml', '--format', 'json', '--driver-root', root],
    ...['--dev-root', root],
    ...names.flatMap((name) => ['--device-name-strategy', name]),
  ])
  expect(done.status, done.stderr).toBe(0)
  return JSON.parse(done.stdout)
}

/** A container as podman has it before its devices. */
const container: OciSpec = {
  ociVersion: '1.0.2',
  process: {
    user: { uid: 1000, gid: 100 },
    args: ['sh'],
    env: ['PATH=/bin', 'NVIDIA_VISIBLE_DEVICES=all'],
    cwd: '/',
  },
  root: { path: 'rootfs' },
  mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }],
  linux: {
    devices: [{ path: '/dev/nvidiactl', type: 'c', major: 1, minor: 3 }],
    resources: { devices: [{ allow: false, access: 'rwm' }] },
  },
}

describe.skipIf(isMissing('container-device-interface'))("CDI's own package", () => {
  test("over 300 random layouts of six models, CDI's package loads each specification, at the version that it needs, and puts devices into a container as ociEdits does", async () => {
    using host = await createHost(sixModels)
    const random = seededRandom(18)
    const questions: CdiQuestion[] = []
    const expected: { readonly names: readonly string[]; readonly spec: OciSpec }[] = []
    for (let round = 0; round < rounds; round++) {
      await scrambleMachine(host.machine, random)
      const folder = join(host.folder, String(round))
      const file = join(folder, round % 2 === 0 ? 'nvidia.yaml' : 'nvidia.json')
      const root = host.writeTree()
      const some = names.filter(() => random() < 0.6)
      const { spec } = await writeCdiSpec({
        library: host.machine.library,
        root,
        file,
        names: some.length > 0 ? some : names,
      })
      const all = spec.devices.map(({ name }) => `${spec.kind}=${name}`)
      const devices = all.filter(() => random() < 0.2)
      questions.push({ folders: [folder], devices, spec: container })
      expected.push({ names: all, spec: ociEdits(container, devices, spec) })
    }
    const answers = await askCdiPackage(questions)
    // Its form of the same data: fields that are empty, and their order.
    const forms = await askCdiPackage(
      expected.map(({ spec }) => ({ folders: [], devices: [], spec })),
    )
    answers.forEach(({ errors, refusal, versions, ...found }, round) => {
      expect({ errors, refusal }, `round ${round}`).toEqual({ errors: {}, refusal: '' })
      expect([...found.names].sort()).toEqual([...(expected[round]?.names ?? [])].sort())
      expect(Object.values(versions).map(({ declared, minimum }) => declared === minimum)).toEqual([
        true,
      ])
      expect(found.spec, `round ${round}`).toEqual(forms[round]?.spec)
    })
    expect(answers).toHaveLength(rounds)
  })

  test('a name that a runtime would not find is in no file that writeCdiSpec writes', async () => {
    using host = await createHost('A100-SXM4-40GB +mig')
    const file = join(host.folder, 'nvidia.yaml')
    await writeCdiSpec({ library: host.machine.library, root: host.writeTree(), file })
    expect(readFileSync(file, 'utf8')).toContain('none')
    const [answer] = await askCdiPackage([{ folders: [host.folder] }])
    expect(answer).toMatchObject({ errors: {}, names: ['nvidia.com/gpu=none'] })
  })

  test('a device that two files of one folder define vanishes for runtimes, and writeCdiSpec reports it', async () => {
    using host = await createHost('A100-SXM4-40GB')
    const options = { library: host.machine.library, root: host.writeTree() }
    const [one, two] = ['one.yaml', 'two.json'].map((name) => join(host.folder, name)) as [
      string,
      string,
    ]
    await writeCdiSpec({ ...options, file: one })
    const { conflicts } = await writeCdiSpec({ ...options, file: two, names: ['index'] })
    expect(conflicts).toMatchObject([{ file: one }])
    const [answer] = await askCdiPackage([{ folders: [host.folder] }])
    const lost = conflicts.flatMap(({ devices }) => devices)
    expect(lost.length).toBeGreaterThan(0)
    expect(answer?.names.filter((name) => lost.includes(name))).toEqual([])
  })
})
