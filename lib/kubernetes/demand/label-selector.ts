import { labelOf, meets } from '../rebalance/may-enter.js'

/** A selector of labels, as PodDisruptionBudgets have it. Source: k8s.io/apimachinery v0.37.2, meta/v1/types.go. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly {
    readonly key: string
    readonly operator: string
    readonly values?: readonly string[]
  }[]
}

/** An empty selector selects all (policy/v1), and none selects nothing. */
export function selects(
  selector: LabelSelector | null | undefined,
  labels: Readonly<Record<string, string>>,
): boolean {
  if (selector === null || selector === undefined) return false
  const { matchLabels = {}, matchExpressions = [] } = selector
  return (
    Object.entries(matchLabels).every(([key, value]) => labelOf(labels, key) === value) &&
    matchExpressions.every((each) => meets(labelOf(labels, each.key), each))
  )
}
