import type { AgentNode, AgentRecord } from '../../../types/kubernetes/agent.js'
import { isMigError, toError } from '../../errors.js'
import { conditionOf } from '../../kubernetes/agent/condition.js'
import { recordAnnotation } from '../../kubernetes/agent/names.js'
import { nodeChangeOf } from '../../kubernetes/agent/node-change.js'
import { noRecord, parseRecord } from '../../kubernetes/agent/record.js'
import { type NodeAgentOptions, nodeName } from '../node/context.js'

const pauseMs = 1000
const longestPauseMs = 30_000
const fieldManager = 'mig-nvml-agent'

/** The record of the node; an empty one where there is none, or where it makes no sense. */
export async function loadRecord(options: NodeAgentOptions): Promise<AgentRecord> {
  const node = await readNode(options)
  const text = node.metadata.annotations?.[recordAnnotation]
  if (text === undefined) return noRecord
  const record = parseRecord(text)
  if (record === null)
    options.log(`the annotation ${recordAnnotation} makes no sense: starting anew`)
  return record ?? noRecord
}

/**
 * Writes a record with the taint and the labels that belong to it, and returns it as written. It tries until it succeeds, because
 * no step begins that is not written down.
 */
export async function saveRecord(
  options: NodeAgentOptions,
  record: AgentRecord,
): Promise<AgentRecord> {
  const { cluster, settings, signal } = options
  return untilDone(options, 'write the record', async () => {
    const node = await getNode(options)
    const change = nodeChangeOf(node, record, { dryRun: settings.dryRun === true })
    const written =
      change.operations.length === 0
        ? node
        : await cluster.patch(nodeName(options), change.operations, { signal })
    await writeCondition(options, written, change.record)
    return change.record
  })
}

function readNode(options: NodeAgentOptions): Promise<AgentNode> {
  return untilDone(options, 'read the node', () => getNode(options))
}

async function getNode(options: NodeAgentOptions): Promise<AgentNode> {
  const node = await options.cluster.get(nodeName(options), { signal: options.signal })
  if (node === null) throw new Error(`the cluster has no node ${options.node}`)
  return node
}

/** A conflict is tried again at once, with the node as it is then. */
async function untilDone<T>(
  { clock, signal, log }: NodeAgentOptions,
  what: string,
  action: () => Promise<T>,
): Promise<T> {
  let pause = pauseMs
  for (let conflicts = 0; ; ) {
    try {
      return await action()
    } catch (error) {
      signal.throwIfAborted()
      const isConflict = isMigError(error) && error.code === 'MIG_CLUSTER_CONFLICT'
      conflicts = isConflict ? conflicts + 1 : 0
      if (isConflict && conflicts < 10) continue
      log(`cannot ${what}: ${toError(error).message}; trying again`)
      await clock.sleep(pause, signal)
      signal.throwIfAborted()
      pause = Math.min(longestPauseMs, pause * 2)
    }
  }
}

/** The condition is for people and for alerts. Where it cannot be written, the run goes on. */
async function writeCondition(
  { cluster, clock, log, signal, node: name }: NodeAgentOptions,
  node: AgentNode,
  record: AgentRecord,
): Promise<void> {
  const wanted = conditionOf(record)
  const { conditions = [] } = (node['status'] ?? {}) as {
    readonly conditions?: readonly Readonly<Record<string, string>>[]
  }
  const now = conditions.find(({ type }) => type === wanted.type)
  const isSame = (['status', 'reason', 'message'] as const).every(
    (field) => now?.[field] === wanted[field],
  )
  if (isSame) return
  const time = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z')
  const lastTransitionTime = now?.['status'] === wanted.status ? now['lastTransitionTime'] : time
  try {
    await cluster.apply(
      { apiVersion: 'v1', resource: 'nodes', name },
      {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name },
        status: { conditions: [{ ...wanted, lastHeartbeatTime: time, lastTransitionTime }] },
      },
      { fieldManager, force: true, subresource: 'status', signal },
    )
  } catch (error) {
    signal.throwIfAborted()
    log(`cannot write the condition ${wanted.type}: ${toError(error).message}`)
  }
}
