import type {
  NodeRebalance,
  RebalanceLeftOut,
  WaitingPod,
} from '../../../types/kubernetes/rebalance.js'
import type { FollowedChange } from '../../agent/rebalance/follow-changes.js'
import type { RebalanceLook } from '../../agent/rebalance/run-rebalance.js'
import { layoutAnnotation } from '../../kubernetes/agent/names.js'
import { planOfChange } from '../../kubernetes/carry-out/plan-of-change.js'
import { readNodeLayout } from '../../kubernetes/layout/read-node-layout.js'
import { groupBy } from '../../model/group-by.js'
import { renderPlan } from '../../render/plan.js'
import { paint } from '../../render/style.js'
import type { Terminal } from '../parse/verb.js'
import { pictureOptions } from './machine.js'
import { describeFigures } from './rebalance-figures.js'
import { wrap, wrapParts } from './wrap.js'

const mostNames = 10

const whyWaiting: Readonly<Record<WaitingPod['reason'], string>> = {
  'no-node': 'no node could have what it wants, with any layout',
  'no-room': 'what it wants is in use',
}

/** A look for people, in two parts: the second one is often the same for a long time. */
export interface DescribedLook {
  /** Each node that changes with its picture and its pods, then what it comes to, and which pods wait. */
  readonly plan: string
  /** What is left out. Empty: nothing. */
  readonly leftOut: string
}

export function describeLook(
  { objects, leftOut, plan, starts }: RebalanceLook,
  terminal: Terminal,
): DescribedLook {
  const { textColumns: columns } = terminal
  const nodes = plan.changes.map((change) => {
    const node = objects.nodes.find(({ metadata }) => metadata.name === change.node)
    const layout = readNodeLayout(node?.metadata.annotations?.[layoutAnnotation] ?? '')
    const picture = renderPlan(layout.state, planOfChange(layout, change), {
      ...pictureOptions(terminal),
      fold: true,
    })
    const start = starts.find(({ node: name }) => name === change.node)
    const isWhole = start?.gpus.length === change.gpus.length
    const state = start === undefined ? 'later' : isWhole ? 'next' : 'next, GPU by GPU'
    return [
      `${paint(terminal, 'bold', change.node)}  ${state}`,
      ...picture.split('\n').filter((line) => line !== ''),
      ...podLines(change, plan, columns),
    ].join('\n')
  })
  const unread = leftOut.filter(({ kind }) => kind === 'pod').length
  const figures = describeFigures(plan)
  const waiting = plan.waiting.map(
    ({ pod, reason }) => ({ kind: 'pod', name: pod, reason: whyWaiting[reason] }) as const,
  )
  const summary = [summaryOf(plan, unread), ...(figures === null ? [] : wrap(figures, columns))]
  const paragraphs = [
    ...nodes,
    summary.join('\n'),
    ...(waiting.length === 0 ? [] : [`waiting:\n${withReasons(waiting, columns).join('\n')}`]),
  ]
  return {
    plan: `${paragraphs.join('\n\n')}\n`,
    leftOut: leftOut.length === 0 ? '' : `left out:\n${withReasons(leftOut, columns).join('\n')}\n`,
  }
}

function podLines(
  { node }: NodeRebalance,
  { admitted, moves }: RebalanceLook['plan'],
  columns: number,
): readonly string[] {
  const come = admitted.filter((pod) => pod.node === node && pod.afterChange)
  const go = moves.filter(({ from }) => from === node)
  return [
    ...listOf(
      'for',
      come.map(({ pod }) => pod),
      columns,
    ),
    ...listOf(
      'moves:',
      go.map(({ pod, to }) => `${pod} to ${to}`),
      columns,
    ),
  ]
}

function listOf(title: string, names: readonly string[], columns: number): readonly string[] {
  return names.length === 0 ? [] : wrapParts([title, ...namesOf(names)], columns, '  ')
}

function namesOf(names: readonly string[]): readonly string[] {
  const rest = names.length - mostNames
  const shown = [...names.slice(0, mostNames), ...(rest > 0 ? [`${rest} more`] : [])]
  return shown.map((name, at) => (at < shown.length - 1 ? `${name},` : name))
}

function summaryOf({ changes, admitted, waiting }: RebalanceLook['plan'], unread: number): string {
  const fits = admitted.length
  const nodes = changes.length
  if (fits + waiting.length === 0 && nodes === 0)
    return unread === 0
      ? 'no pod waits for a GPU or a part of one'
      : 'no change: each pod that waits is left out'
  const change =
    nodes === 0 ? 'no change' : `${nodes} ${nodes === 1 ? 'node changes' : 'nodes change'}`
  return `${change}: ${fits} of ${fits + waiting.length} pods fit, ${waiting.length} wait`
}

/** Equal reasons are said once, with the names of all that have them. */
function withReasons(
  entries: readonly Pick<RebalanceLeftOut, 'kind' | 'name' | 'reason'>[],
  columns: number,
): readonly string[] {
  const alike = groupBy(entries, ({ kind, reason }) => `${kind} ${reason}`)
  return [...alike.values()].flatMap((same) => {
    const [first] = same
    if (first === undefined) return []
    const names = namesOf(same.map(({ name }) => name))
    const title = same.length === 1 ? [`${first.kind}`] : [`${first.kind}s`]
    const last = names.length - 1
    const listed = names.map((name, at) => (at < last ? name : `${name.replace(/,$/, '')}:`))
    return wrapParts([...title, ...listed, ...first.reason.split(' ')], columns, '  ')
  })
}

/** One line for each step of a node. */
export function describeChange({ node, progress }: FollowedChange): string {
  switch (progress.step) {
    case 'wait':
      return `${node}  waits: ${progress.reason}`
    case 'return':
      return `${node}  goes back: ${progress.reason}`
    case 'release':
      return `${node}  is left alone: ${progress.reason}`
    case 'keep':
      return `${node}  done${progress.reason === null ? '' : `; ${progress.reason}`}`
    case 'stay':
      return `${node}  stays as it is: ${progress.reason}`
    case 'settle':
      return progress.isBack
        ? `${node}  is back`
        : `${node}  did not come back: its label nvidia.com/mig.config.state is failed`
    case 'none':
      return `${node}  has nothing under way`
    default:
      return progress satisfies never
  }
}
