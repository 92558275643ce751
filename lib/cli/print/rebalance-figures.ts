import type { RebalanceFigure, RebalancePlan } from '../../../types/kubernetes/rebalance.js'

/** Such a change counts so much in `modeChanges`. */
const resetCounts = 1000

/** What a plan comes to, and how far that is proven. Null: nothing is lost, and nothing changes. */
export function describeFigures({
  changes,
  objective,
  gap,
  stopped,
}: RebalancePlan): string | null {
  const end = stopped === null ? '' : ', because the time was over'
  const isProven = gap === 0
  const distance = `at most ${Math.ceil(gap * 100)} % from the least${end}`
  if (changes.length === 0) {
    const lacks = objective.some(({ name, value }) => isLack(name) && value > 0)
    if (!lacks) return null
    return isProven
      ? 'proven: no change would do better'
      : `no better change was found: ${distance}`
  }
  const shown = objective.filter(({ value }) => value > 0).map(figureText)
  return `${isProven ? 'proven to be the least' : distance}: ${shown.join(', ')}`
}

function isLack(name: RebalanceFigure['name']): boolean {
  return name === 'waiting' || name === 'reserves'
}

function figureText({ name, priority = 0, value }: RebalanceFigure): string {
  switch (name) {
    case 'waiting':
      return `${count(value, 'pod')} waiting${priority === 0 ? '' : ` with priority ${priority}`}`
    case 'reserves':
      return `${count(value, 'reserved device')} missing`
    case 'evictions':
      return `${count(value, 'pod')} evicted`
    case 'modeChanges': {
      const resets = Math.floor(value / resetCounts)
      const reset = resets === 0 ? '' : `, ${resets} by a reset`
      return `${count(resets + (value % resetCounts), 'MIG mode')} changed${reset}`
    }
    case 'destroyed':
      return `${count(value, 'instance')} destroyed`
    case 'nodes':
      return `${count(value, 'node')} changed`
    case 'lostRoom':
      return `room for ${value} fewer of the mix`
    default:
      return name satisfies never
  }
}

function count(value: number, noun: string): string {
  return `${value} ${noun}${value === 1 ? '' : 's'}`
}
