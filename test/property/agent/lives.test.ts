import { expect, test } from 'vitest'
import { listMigDevices } from '../../../lib/index.js'
import { countsOf, goodConfigs, Life } from './life/life.js'

/** `MIG_NVML_SEED=7 MIG_NVML_LIVES=1000` for other lives and more of them. */
const first = Number(process.env['MIG_NVML_SEED'] ?? 1)
const count = Number(process.env['MIG_NVML_LIVES'] ?? 12)
const seeds = Array.from({ length: count }, (_, index) => first + index)

test.each(seeds)(
  'after a life of kills, pods, faults and other hands, the node is as its label says, and no pod has lost its device (seed %i)',
  async (seed) => {
    const life = new Life(seed)
    try {
      await life.begin()
      for (let event = 0; event < 40; event++) await life.happen()
      const config = goodConfigs[life.random(goodConfigs.length)] ?? 'small'
      await life.settle(config)
      const { world, watch } = life
      expect(watch.losses()).toEqual([])
      const devices = listMigDevices(await world.state())
      expect(devices.map(({ gpuIndex, name }) => `${gpuIndex} ${name}`).sort()).toEqual(
        countsOf(config, (await world.state()).gpus.length),
      )
      const uuids = [...(await world.state()).gpus, ...devices].map(({ uuid }) => String(uuid))
      expect(uuids).toEqual(expect.arrayContaining([...world.held().values()]))
      expect(life.taints()).toEqual([])
      expect(world.label('nvidia.com/gpu.deploy.device-plugin')).toBe('true')
      expect(world.record()).toMatchObject({
        fenced: false,
        pausing: false,
        paused: {},
        failing: null,
      })

      // At rest it stays at rest.
      const { run } = world.record()
      const later = world.clock.now() + 600_000
      await world.until(() => world.clock.now() > later)
      expect(world.record()).toMatchObject({ run, step: 'idle', state: 'success' })
    } catch (error) {
      throw new Error(
        `the life with seed ${seed}:\n${life.story.join('\n')}\n${life.world.lines.slice(-25).join('\n')}\n${JSON.stringify(life.world.record(), null, 1)}`,
        { cause: error },
      )
    } finally {
      await life.end()
    }
  },
)
