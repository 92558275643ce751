import type { AgentRecord } from '../../../types/kubernetes/agent.js'
import type { NodeLayout } from '../../../types/kubernetes/node-layout.js'
import { toError } from '../../errors.js'
import { layoutAnnotation } from '../../kubernetes/agent/names.js'
import { formatNodeLayout } from '../../kubernetes/layout/layout-text.js'
import { nodeLayout } from '../../kubernetes/layout/node-layout.js'
import { type NodeAgentOptions, nodeName } from '../node/context.js'
import { type LocalView, lookAtMachine, lookAtNode } from '../node/look.js'

/** Keeps the annotation with the layout as the node is. */
export interface LayoutKeeper {
  /** Looks at the node if a look is due, and writes what has changed. A look that fails is repeated, and keeps nothing back. */
  look(record: AgentRecord): Promise<void>
  /** When the next look is due. */
  due(): number
}

/** Without a change it is written so often, since a reader cannot know otherwise that the agent still looks. */
const renewMs = 600_000
const validForMs = 2 * renewMs

export function createLayoutKeeper(options: NodeAgentOptions): LayoutKeeper {
  const { layoutIntervalMs: intervalMs = 0, clock, cluster, signal } = options
  let lookedAt = Number.NEGATIVE_INFINITY
  let writtenAt = Number.NEGATIVE_INFINITY
  let run = -1
  let seen = ''
  let written = ''
  let problem = ''

  async function publish(now: number): Promise<void> {
    const isRenewal = now - writtenAt >= renewMs
    // A request goes to the API server only where this node has changed: a thousand agents look at the same time.
    if (digestOf(await lookAtMachine(options), run) === seen && !isRenewal) return
    const view = await lookAtNode(options)
    const { state, pods, held, holders: processes } = view
    const layout = nodeLayout({ state, pods, held, processes, run, now, validForMs })
    const content = JSON.stringify({ ...layout, readAt: '', validUntil: '' } satisfies NodeLayout)
    if (content !== written || isRenewal) {
      const annotations = { [layoutAnnotation]: formatNodeLayout(layout) }
      // The agent alone writes it, so no version of the node is tested.
      await cluster.merge(nodeName(options), { metadata: { annotations } }, { signal })
      written = content
      writtenAt = now
    }
    // That of the view that is written: a pod may come between the two looks, and be gone before the next.
    seen = digestOf(view, run)
  }

  return {
    due: () => (intervalMs === 0 ? Number.POSITIVE_INFINITY : lookedAt + intervalMs),
    async look(record) {
      if (intervalMs === 0) return
      const now = clock.now()
      const ended = record.step === 'idle' ? record.run : record.run - 1
      if (now < lookedAt + intervalMs && ended === run) return
      lookedAt = now
      run = ended
      try {
        await publish(now)
        problem = ''
      } catch (error) {
        signal.throwIfAborted()
        const { message } = toError(error)
        if (message !== problem) options.log(`cannot write the layout of the node: ${message}`)
        problem = message
      }
    },
  }
}

/** The memory that processes use changes all the time, and is not published. */
function digestOf({ state, listed, holders }: LocalView, run: number): string {
  const places = holders.map((holder) => [
    holder.gpu,
    holder.gpuInstanceId,
    holder.computeInstanceId,
    holder.opensNodeOnly,
    holder.container?.podUid,
  ])
  return JSON.stringify([state, listed, places, run])
}
