import { describe, expect, test } from 'vitest'
import { type ChangeStart, nextChanges } from '../../../../lib/kubernetes/carry-out/next-changes.js'
import type {
  NodeRebalance,
  PodMove,
  RebalanceNode,
} from '../../../../types/kubernetes/rebalance.js'

/** `a: 0,1`: both GPUs of node a change. */
const changing = (text: string): NodeRebalance => {
  const [node = '', gpus = ''] = text.split(': ')
  return {
    node,
    gpus: gpus.split(',').map((gpu) => ({
      gpu: `${node}${gpu}`,
      mode: null,
      destroyed: [],
      created: [],
      layout: [],
    })),
  }
}
/** `p a0 b`: pod p leaves GPU 0 of node a for node b. */
const parse = (text: string) => {
  const [pod = '', gpu = '', to = ''] = text.split(' ')
  return { pod, gpu, to, from: gpu.slice(0, 1) }
}
const move = (text: string, how: Partial<PodMove> = {}): PodMove => {
  const { pod, from, to } = parse(text)
  return { pod, from, to, live: true, after: [], ...how }
}
/** Nodes whose GPUs the pods of these moves hold. */
const nodesOf = (texts: readonly string[]): readonly RebalanceNode[] =>
  texts.map((text) => {
    const { pod, gpu, from } = parse(text)
    const layout = [{ profileId: 19, placement: { start: 0, size: 1 }, heldBy: pod }]
    return { name: from, gpus: [{ id: gpu, layout }] }
  })
const forNodes = (...names: readonly string[]) =>
  names.map((node, index) => ({ pod: `new-${index}`, node, afterChange: true }))
const textOf = (starts: readonly ChangeStart[]) =>
  starts.map(({ node, gpus }) => `${node}: ${gpus.map(({ gpu }) => gpu.slice(1)).join()}`)

interface Plan {
  readonly changes: readonly string[]
  readonly moves?: readonly (readonly [string, Partial<PodMove>?])[]
  readonly admitted?: readonly string[]
}

function begin({ changes, moves = [], admitted = [] }: Plan, most = 9): readonly ChangeStart[] {
  return nextChanges(
    { nodes: nodesOf(moves.map(([text]) => text)) },
    {
      changes: changes.map(changing),
      admitted: forNodes(...admitted),
      moves: moves.map(([text, how]) => move(text, how)),
    },
    most,
  )
}

test('nodes that let in the most pods begin first, as many as may be away', () => {
  const changes = ['a: 0', 'b: 0', 'c: 0']
  expect(textOf(begin({ changes, admitted: ['b', 'b', 'c'] }, 2))).toEqual(['b: 0', 'c: 0'])
})

describe('with pods that move', () => {
  test('GPUs that no pod has to leave begin first, though another GPU of their node has to wait', () => {
    const starts = begin({
      changes: ['a: 0,1', 'b: 0'],
      moves: [['p a0 a', { after: ['a1'] }]],
      admitted: ['b'],
    })
    expect(textOf(starts)).toEqual(['b: 0', 'a: 1'])
    expect(starts.flatMap(({ evicts }) => evicts)).toEqual([])
  })

  test('pods are promised once all GPUs of their node change', () => {
    const moves = [['p a0 a', { after: ['a1'] }]] as const
    const [part] = begin({ changes: ['a: 0,1'], moves, admitted: ['a'] })
    expect(part?.promised).toEqual([])
    const [rest] = begin({ changes: ['a: 0'], moves: [['p a0 a']], admitted: ['a'] })
    expect(rest).toMatchObject({ promised: ['new-0'], evicts: ['p'] })
  })

  test('the node that the first move leaves begins alone, and evicts only the pods that move away from it', () => {
    const changes = ['a: 0', 'b: 0']
    const moves = [['p b0 c'], ['q a0 b']] as const
    const starts = begin({ changes, moves })
    expect(textOf(starts)).toEqual(['b: 0'])
    expect(starts[0]?.evicts).toEqual(['p'])
  })

  test('moves that follow away from the same node to places that are there begin with it', () => {
    const moves = [['p a0 b'], ['q a1 b'], ['r a2 a', { after: ['a0'] }]] as const
    const starts = begin({ changes: ['a: 0,1,2'], moves })
    expect(textOf(starts)).toEqual(['a: 0,1'])
    expect(starts[0]?.evicts).toEqual(['p', 'q'])
  })

  test.each<[string, readonly (readonly [string, Partial<PodMove>?])[]]>([
    ['whose place its GPU has yet to make', [['p a0 b'], ['q a1 a', { after: ['a0'] }]]],
    ['that is not live', [['p a0 b'], ['q a1 a', { live: false }]]],
    ['after one that leaves another node', [['p a0 b'], ['r b0 a'], ['q a1 a']]],
  ])('a move %s waits for its turn', (_, moves) => {
    const leaves = moves.map(([text]) => parse(text).gpu)
    const changes = ['a: 0,1', 'b: 0'].filter((_each, node) => node === 0 || leaves.includes('b0'))
    expect(textOf(begin({ changes, moves }))).toEqual(['a: 0'])
  })

  test('two pods leave a GPU together, though one of them moves later', () => {
    const moves = [['p a0 b'], ['q a0 a', { live: false, after: ['a0'] }]] as const
    expect(begin({ changes: ['a: 0'], moves })[0]?.evicts).toEqual(['p', 'q'])
  })

  test('a plan without a change begins nothing', () => {
    expect(begin({ changes: [], moves: [['p a0 b']] })).toEqual([])
  })
})
