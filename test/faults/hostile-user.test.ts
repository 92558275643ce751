// Root works on a machine while another user attacks everything that it can reach, and while a foreign program
// changes instances in the middle of applies. What the reports say must be what an independent NVML client sees.

import { once } from 'node:events'
import { lstatSync, readFileSync, type Stats, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { applyMigConfig, checkpointMig, isMigError, recoverMig } from '../../lib/index.js'
import { createSimulatedMachine, writeRootTree } from '../../lib/simulator.js'
import type { ApplyReport } from '../../types/machine/report.js'
import type { SimulatedMachine } from '../../types/simulator/machine.js'
import { configure } from '../support/configure.js'
import { hostileUser } from '../support/hostile-user.js'
import { addonPath } from '../support/native-paths.js'
import { canBeOther, folderIn, publicFolder, startAsOther } from '../support/other-user.js'
import { seeded } from '../support/random.js'
import { callNvml, type SeenInstance } from '../unit/simulator/fixtures/foreign-client.js'

const secretText = 'f1e2d3c4-known-to-root-alone'
const trials = 15
const seeds = [1, 2]

const partitions = [
  { '1g.5gb': 7 },
  { '2g.10gb': 3 },
  { '3g.20gb': 2 },
  { '7g.40gb': 1 },
  { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 },
  {},
  undefined,
]

/** A GPU instance in one line: profile, place, and the number of its compute instances. */
type Line = string

const seenBy = (machine: SimulatedMachine): readonly (readonly Line[])[] =>
  callNvml(machine.env, 'layout 0', 'layout 1').map(({ instances = [] }) =>
    instances.map(lineOf).sort(),
  )

const lineOf = ({ profile, start, size, parts }: SeenInstance): Line =>
  `${profile} ${start}:${size} ${parts.length}`

interface Divided {
  readonly gpuInstances: readonly {
    readonly profileId: number
    readonly placement: { readonly start: number; readonly size: number }
    readonly computeInstances: readonly unknown[]
  }[]
}

const linesOf = ({ gpuInstances }: Divided): readonly Line[] =>
  gpuInstances
    .map(
      ({ profileId, placement: { start, size }, computeInstances }) =>
        `${profileId} ${start}:${size} ${computeInstances.length}`,
    )
    .sort()

/** What a report says that the independent client does not see. */
function liesOf(
  report: ApplyReport,
  before: readonly (readonly Line[])[],
  now: readonly (readonly Line[])[],
): string[] {
  const differs = (what: string, said: readonly Line[], index: number): string[] =>
    JSON.stringify(said) === JSON.stringify(now[index])
      ? []
      : [`GPU ${index}, ${what}: said [${said}], is [${now[index]}], was [${before[index]}]`]
  return [
    ...(report.after?.gpus ?? []).flatMap((gpu) => differs('after', linesOf(gpu), gpu.index)),
    ...report.gpus.flatMap(({ gpu, gpuIndex, outcome }) => {
      const plan = report.plan.gpus.find((each) => each.gpu === gpu)
      if (outcome === 'applied' || outcome === 'unchanged')
        return differs(outcome, plan === undefined ? [] : linesOf(plan.target), gpuIndex)
      return outcome === 'undone' ? differs(outcome, before[gpuIndex] ?? [], gpuIndex) : []
    }),
  ]
}

/** Changes a GPU like a program that ignores the locks. */
function changeAsForeigner(machine: SimulatedMachine, random: (below: number) => number): void {
  const gpu = random(2)
  const [found] = callNvml(machine.env, `layout ${gpu}`)
  const instances = found?.instances ?? []
  const victim = instances[random(Math.max(1, instances.length))]
  if (victim === undefined || random(2) === 0) callNvml(machine.env, `create ${gpu} 19`)
  else
    callNvml(
      machine.env,
      ...victim.parts.map(({ id }) => `destroy-compute ${gpu} ${victim.id} ${id}`),
      `destroy ${gpu} ${victim.id}`,
    )
}

describe.skipIf(!canBeOther)('applies of root beside a hostile user and a foreign writer', () => {
  test.each(seeds)(
    'root gets true reports, is never blocked and loses nothing (seed %i)',
    async (seed) => {
      const random = seeded(seed)
      const world = publicFolder()
      const open = folderIn(world, 'open', 0o1777)
      const temporary = folderIn(world, 'temporary', 0o1777)
      const precious = folderIn(world, 'precious', 0o700)
      const own = folderIn(world, 'own')
      const secret = join(precious, 'secret')
      writeFileSync(secret, secretText, { mode: 0o600 })
      const untouched = factsOf(lstatSync(secret))

      const before = process.env['TMPDIR']
      process.env['TMPDIR'] = temporary
      onTestFinished(() => {
        if (before === undefined) delete process.env['TMPDIR']
        else process.env['TMPDIR'] = before
      })
      const store = join(open, 'store')
      const machine = createSimulatedMachine('2x A100-SXM4-40GB +mig', { store })
      const { library } = machine
      const lock = library.lockFile ?? ''
      const gpus = machine.describe().gpus.map(({ uuid }) => uuid)
      const besides = (path: string): string[] => [
        path,
        `${path}.gate`,
        `${path}.counts.0`,
        `${path}.counts.0.new`,
        ...gpus.flatMap((gpu) => [
          `${path}.${gpu}`,
          `${path}.${gpu}.journal`,
          `${path}.${gpu}.journal.new`,
        ]),
      ]
      const hostile = await startAsOther(
        hostileUser,
        ...[addonPath(), String(seed), secret, store, dirname(lock)],
        ...[...besides(`${store}.lock`), ...besides(lock), ...besides(join(open, 'lock'))],
        ...['tree', 'tree/root-tree.json', 'tree/dev', 'tree/proc', 'checkpoint'].map((name) =>
          join(open, name),
        ),
        ...['tree', 'tree/root-tree.json', 'tree/dev', 'tree/dev/nvidia0'].map((name) =>
          join(own, name),
        ),
      )

      const told: string[] = []
      const lies: string[] = []
      const outcomes = new Set<string>()
      let foreignChanges = 0
      let now = seenBy(machine)
      for (let trial = 0; trial < trials; trial++) {
        const [first, ...others] = [0, 1].map(() => partitions[random(partitions.length)])
        const was = now
        const changes = random(3) > 0 ? 1 + random(4) : 0
        let steps = 0
        const result = await applyMigConfig(configure(first ?? {}, ...others), {
          library,
          atomic: (['machine', 'gpu', 'none'] as const)[random(3)] ?? 'machine',
          onEvent(event) {
            told.push(JSON.stringify(event))
            if (event.kind !== 'step-done') return
            steps += 1
            if (steps !== changes) return
            foreignChanges += 1
            changeAsForeigner(machine, random)
          },
        }).catch((error: unknown) => error)
        told.push(JSON.stringify(result))
        if (result instanceof Error && !isMigError(result)) throw result
        const report = isMigError(result) ? result.report : (result as ApplyReport)
        outcomes.add(report?.outcome ?? `${result}`)
        now = seenBy(machine)
        if (report !== undefined)
          lies.push(...liesOf(report, was, now).map((lie) => `trial ${trial}: ${lie}`))

        const { recovered } = await recoverMig({ library })
        told.push(JSON.stringify(recovered))
        if (recovered.length > 0) now = seenBy(machine)
        for (const folder of [join(open, 'tree'), join(own, 'tree')])
          told.push(saidBy(() => writeRootTree(machine, folder)))
        const file = join(open, 'checkpoint')
        told.push(await checkpointMig({ library, file }).then(JSON.stringify, String))
        const elsewhere = { ...library, lockFile: join(open, 'lock') }
        const refused = await applyMigConfig(configure({}), { library: elsewhere }).catch(String)
        expect(refused).toContain(`other users may write to ${open}`)
      }
      // It is still running.
      await once(hostile.stdout ?? hostile, 'data')
      hostile.kill('SIGKILL')

      expect(lies).toEqual([])
      expect(told.filter((text) => text.includes('waiting-for-lock'))).toEqual([])
      expect(told.filter((text) => text.includes(secretText))).toEqual([])
      expect(readFileSync(secret, 'utf8')).toBe(secretText)
      expect(factsOf(lstatSync(secret))).toEqual(untouched)
      expect(factsOf(lstatSync(precious)).nlink).toBe(2)
      // Otherwise the trial shows nothing.
      expect([...outcomes]).toContain('applied')
      expect(outcomes.size).toBeGreaterThan(1)
      expect(foreignChanges).toBeGreaterThan(0)
      machine.close()
    },
  )
})

function factsOf({ ino, mode, uid, nlink, mtimeMs }: Stats) {
  return { ino, mode, uid, nlink, mtimeMs }
}

function saidBy(action: () => void): string {
  try {
    action()
    return ''
  } catch (error) {
    return String(error)
  }
}
