import { applyMigConfig, listMigDevices } from '../../../../lib/index.js'
import type { ClusterClient } from '../../../../types/kubernetes/cluster-client.js'
import type { MigState } from '../../../../types/model/state.js'
import {
  type AgentNodeWorld,
  createAgentNode,
  type RunningAgent,
} from '../../../support/agent-node.js'
import { type DeviceWatch, type GivenDevice, watchDevices } from '../../../support/device-watch.js'
import { seeded } from '../../../support/random.js'

const client = 'nvidia.com/gpu.deploy.device-plugin'
const fence = 'mig-nvml/changing'
/** `1g.5gb`, or `gpu`. */
interface FreeDevice extends GivenDevice {
  readonly size: string
  readonly uuid: string
}

/** Configurations for GPUs of 40 GB. The last two are refused. */
export const lifeConfigs = `
version: v1
mig-configs:
  none: [{devices: all, mig-enabled: false, mig-devices: {}}]
  halves: [{devices: all, mig-enabled: true, mig-devices: {3g.20gb: 2}}]
  small: [{devices: all, mig-enabled: true, mig-devices: {1g.5gb: 7}}]
  mixed: [{devices: all, mig-enabled: true, mig-devices: {3g.20gb: 1, 2g.10gb: 1, 1g.5gb: 2}}]
  few: [{devices: all, mig-enabled: true, mig-devices: {2g.10gb: 2}}]
  impossible: [{devices: all, mig-enabled: true, mig-devices: {7g.40gb: 2}}]
`
export const goodConfigs = ['none', 'halves', 'small', 'mixed', 'few'] as const
const badConfigs = ['impossible', 'unheard-of'] as const

/** A node whose agent is killed and started again, whose pods come and go, and around which all else fails now and then. */
export class Life {
  readonly world: AgentNodeWorld
  readonly watch: DeviceWatch
  /** What has happened, for a life that ends badly. */
  readonly story: string[] = []
  readonly random: (below: number) => number
  private agent: (RunningAgent & { kill(): Promise<void> }) | null = null
  private readonly waiting = new Map<string, string>()
  private readonly lingering = new Set<string>()
  private pods = 0
  /** How long the kubelet takes to admit a pod, in turns of the event loop. */
  private readonly slowness: number
  /** One in so many calls of the cluster fails. 0: none. */
  private failingOne = 0

  constructor(seed: number) {
    this.random = seeded(seed)
    const gpus = this.random(3) === 0 ? '2x ' : ''
    const mode = this.random(4) === 0 ? '' : ' +mig'
    this.world = createAgentNode(`${gpus}A100-SXM4-40GB${mode}`, {
      labels: { [client]: 'true', 'nvidia.com/mig.strategy': 'mixed' },
      clients: ['device-plugin'],
      onEnd: (pod) => this.watch.release(pod),
      lingers: (pod) => this.lingering.has(pod) && this.random(4) !== 0,
    })
    this.slowness = this.oneOf([2, 40, 400])
    this.watch = watchDevices(this.world.machine)
    this.world.writeConfig(lifeConfigs)
    this.world.cluster.beforeCall = () => {
      if (this.failingOne > 0 && this.random(this.failingOne) === 0)
        throw this.world.cluster.failure(this.random(4))
    }
  }

  /** The node has a layout, and its first pods. */
  async begin(): Promise<void> {
    this.startAgent()
    await this.settle(this.oneOf(goodConfigs))
    for (let pod = 0; pod < 3; pod++) await this.createPod()
  }

  /** Something happens, and some time passes. */
  async happen(): Promise<void> {
    const actions: readonly (readonly [number, () => void | Promise<void>])[] = [
      [6, () => this.want(this.oneOf(goodConfigs))],
      [1, () => this.want(this.oneOf(badConfigs))],
      [8, () => this.createPod()],
      [2, () => this.endSomePod()],
      [2, () => this.kill()],
      [1, () => this.changeBudget()],
      [1, () => this.changeCluster()],
      [1, () => this.changeByHand()],
      [1, () => this.changeNode()],
      [1, () => this.breakDriver()],
      [1, () => this.reboot()],
    ]
    await this.oneOf(actions.flatMap(([weight, action]) => Array(weight).fill(action)))()
    // What is away comes back after a while.
    if (this.random(3) === 0) this.mend()
    if (this.random(2) === 0) this.startAgent()
    const limit = this.world.clock.now() + this.oneOf([0, 1000, 10_000, 100_000, 1_000_000])
    let steps = this.random(80)
    await this.passes(() => this.world.clock.now() >= limit || steps-- <= 0)
  }

  private mend(): void {
    this.failingOne = 0
    this.world.cluster.isDown = false
  }

  /** Time passes, and the kubelet admits pods at any moment of it. */
  private async passes(condition: () => boolean): Promise<void> {
    let admitting: Promise<void> = Promise.resolve()
    await this.world.until(() => {
      if (this.waiting.size > 0 && this.random(this.slowness) === 0)
        admitting = admitting.then(() => this.admitPods())
      return condition()
    })
    await admitting
  }

  /** All faults end. The node has to come to rest as this configuration says. */
  async settle(config: (typeof goodConfigs)[number]): Promise<void> {
    this.tell(`rest with ${config}`)
    this.mend()
    this.world.cluster.budgets.length = 0
    this.lingering.clear()
    this.world.machine.clearFaults()
    this.startAgent()
    for (const pod of this.world.cluster.all('pods'))
      if (pod.metadata.annotations?.['mig-nvml/evict'] === 'false')
        this.world.endPod(`${pod.metadata.namespace}/${pod.metadata.name}`)
    this.world.setLabel(client, 'true')
    this.want(config)
    await this.passes(() => {
      const { step, config: now } = this.world.record()
      const state = this.world.label('nvidia.com/mig.config.state')
      return step === 'idle' && now === config && state === 'success' && this.waiting.size === 0
    })
  }

  async end(): Promise<void> {
    await this.world[Symbol.asyncDispose]()
  }

  private oneOf<T>(list: readonly T[]): T {
    return list[this.random(list.length)] as T
  }

  private tell(what: string): void {
    const { step, state } = this.world.record()
    const minute = Math.round((this.world.clock.now() - Date.parse('2026-11-29')) / 1000)
    this.story.push(`${minute} s, at ${step ?? 'nothing'} (${state ?? '-'}): ${what}`)
  }

  private want(config: string): void {
    this.tell(`label ${config}`)
    this.world.setLabel('nvidia.com/mig.config', config)
  }

  private startAgent(): void {
    if (this.agent !== null) return
    this.tell('an agent starts')
    let isDead = false
    const cluster = new Proxy(this.world.cluster, {
      get(target, name) {
        if (isDead) throw new Error('this agent is dead')
        return Reflect.get(target, name)
      },
    }) as ClusterClient
    const agent = this.world.start({ cluster, settings: { evictMs: 900_000 } })
    this.agent = {
      ...agent,
      async kill() {
        isDead = true
        await agent.stop()
      },
    }
  }

  private async kill(): Promise<void> {
    if (this.agent === null) return
    this.tell('the agent is killed')
    const { agent } = this
    this.agent = null
    await agent.kill()
  }

  taints(): readonly string[] {
    const { taints = [] } = this.world.node()['spec'] as { taints?: readonly { key: string }[] }
    return taints.map(({ key }) => key)
  }

  /** The scheduler binds a pod where no taint keeps it away; the kubelet admits it later. */
  private async createPod(): Promise<void> {
    const taken = new Set(this.world.held().values())
    const free = devicesIn(await this.world.state()).filter(({ uuid }) => !taken.has(uuid))
    const size = free[this.random(Math.max(1, free.length))]?.size
    if (size === undefined || this.taints().includes(fence)) return
    const name = `pod-${++this.pods}`
    this.tell(`${name} for ${size} is bound`)
    if (this.random(4) === 0) this.lingering.add(`team-a/${name}`)
    this.world.addPod({
      name,
      phase: 'Pending',
      wants: size === 'gpu' ? 'nvidia.com/gpu' : `nvidia.com/mig-${size}`,
      priority: this.random(3),
      labels: { app: this.random(3) === 0 ? 'guarded' : 'free' },
      annotations: this.random(12) === 0 ? { 'mig-nvml/evict': 'false' } : {},
    })
    this.waiting.set(`team-a/${name}`, size)
  }

  /** The kubelet gives devices that are there and free to pods that wait, and refuses the others. */
  private async admitPods(): Promise<void> {
    const devices = devicesIn(await this.world.state())
    for (const [pod, size] of [...this.waiting]) {
      this.waiting.delete(pod)
      const name = pod.replace('team-a/', '')
      const found = this.world.cluster.find('pods', name, 'team-a')
      if (found === undefined || found.metadata.deletionTimestamp !== undefined) continue
      const taken = new Set(this.world.held().values())
      const device = devices.find((each) => each.size === size && !taken.has(each.uuid))
      if (device === undefined) {
        this.refuse(pod)
        continue
      }
      this.world.giveDevice(pod, device.uuid)
      this.watch.give(pod, device)
      this.world.cluster.put('pods', { ...found, status: { phase: 'Running' } })
      this.tell(`${pod} gets ${size}, instance ${device.gpuInstanceId} of GPU ${device.gpu}`)
      // The device may have gone just before.
      const still = devicesIn(await this.world.state()).some(({ uuid }) => uuid === device.uuid)
      if (!still && !this.watch.losses().some((loss) => loss.startsWith(`${pod} `)))
        this.refuse(pod)
    }
  }

  private refuse(pod: string): void {
    this.tell(`${pod} is refused`)
    this.world.endPod(pod)
  }

  private endSomePod(): void {
    const pods = this.world.podNames().filter((name) => name.startsWith('team-a/'))
    const pod = this.oneOf(pods)
    if (pod === undefined) return
    this.tell(`${pod} ends`)
    this.waiting.delete(pod)
    this.world.endPod(pod)
  }

  private changeBudget(): void {
    const { budgets } = this.world.cluster
    this.tell(`a budget (${budgets.length})`)
    if (budgets.length > 0) budgets.length = 0
    else budgets.push({ namespace: 'team-a', label: 'guarded', allowed: this.random(3) })
  }

  private changeCluster(): void {
    const { cluster } = this.world
    if (this.random(2) === 0) this.failingOne = this.failingOne > 0 ? 0 : 2 + this.random(8)
    else cluster.isDown = !cluster.isDown
    this.tell(`the API server is ${cluster.isDown ? 'away' : 'there'}, failing ${this.failingOne}`)
  }

  /** An administrator applies something else around what pods have. */
  private async changeByHand(): Promise<void> {
    this.tell('a change by hand')
    const wanted = this.oneOf([{ '1g.5gb': 2 }, { '2g.10gb': 1, '1g.5gb': 1 }, {}])
    // An administrator looks that no pod is about to get a device, or has a whole GPU.
    if (this.waiting.size > 0 || [...this.world.held().values()].some(isWholeGpu)) return
    const { library } = this.world.machine
    const inUse = [...this.world.held().values()]
    await applyMigConfig({ gpu: 'all', migDevices: wanted }, { library, inUse }).catch(() => {})
  }

  private changeNode(): void {
    this.tell('another writer')
    this.world.cluster.edit('nodes', 'node-1', (node) => {
      const { metadata } = node
      const choice = this.random(3)
      if (choice === 0) return { ...node, metadata: { ...metadata, annotations: {} } }
      const labels = { ...metadata.labels, [`other/${this.random(99)}`]: 'x' }
      return { ...node, metadata: { ...metadata, labels } }
    })
  }

  private breakDriver(): void {
    const fn = this.oneOf([
      'nvmlDeviceCreateGpuInstanceWithPlacement',
      'nvmlGpuInstanceDestroy',
      'nvmlGpuInstanceCreateComputeInstanceWithPlacement',
      'nvmlDeviceGetComputeRunningProcesses',
      'nvmlDeviceSetMigMode',
    ])
    const nth = 1 + this.random(5)
    const times = 1 + this.random(2)
    this.tell(`${fn} is about to fail`)
    this.world.machine.fail({ fn, nth, times, error: 'NVML_ERROR_UNKNOWN' })
  }

  private async reboot(): Promise<void> {
    if (this.random(3) > 0) return
    await this.kill()
    this.tell('a reboot')
    for (const pod of this.world.podNames()) if (pod.startsWith('team-a/')) this.world.endPod(pod)
    this.waiting.clear()
    this.world.machine.reboot()
  }
}

/** `0 3g.20gb`, by GPU and size, as a configuration asks for them. */
export function countsOf(config: string, gpus: number): readonly string[] {
  const [, counts = ''] =
    new RegExp(`^  ${config}:.*mig-devices: \\{(.*)\\}\\}`, 'm').exec(lifeConfigs) ?? []
  const sizes = [...counts.matchAll(/(\S+): (\d+)/g)].flatMap(([, size = '', count]) =>
    Array.from({ length: Number(count) }, () => size),
  )
  return Array.from({ length: gpus }, (_, gpu) => sizes.map((size) => `${gpu} ${size}`))
    .flat()
    .sort()
}

/** What pods can have: the MIG devices, and GPUs without MIG. */
function devicesIn(state: MigState): readonly FreeDevice[] {
  const whole = state.gpus
    .filter(({ mig }) => mig?.enabled !== true)
    .map(({ index, uuid }) => ({
      size: 'gpu',
      uuid,
      gpu: index,
      gpuInstanceId: null,
      computeInstanceId: null,
    }))
  const parts = listMigDevices(state).map((device) => ({
    size: device.name,
    uuid: String(device.uuid),
    gpu: device.gpuIndex,
    gpuInstanceId: device.gpuInstanceId,
    computeInstanceId: device.computeInstanceId,
  }))
  return [...whole, ...parts]
}

function isWholeGpu(uuid: string): boolean {
  return uuid.startsWith('GPU-')
}
