import type { AllocationOptions } from '../../types/kubernetes/allocation.js'
import type { ConfigMapOptions, ReadConfigMapOptions } from '../../types/kubernetes/config-map.js'
import type { NodeLabelOptions } from '../../types/kubernetes/labels.js'
import type { PodRequestOptions } from '../../types/kubernetes/pods.js'
import type { MigStrategy, StrategyOptions } from '../../types/kubernetes/strategy.js'
import { checkOptions } from '../model/checks/check-options.js'
import type { Rule, RulesOf } from '../model/checks/find-fault.js'
import {
  flag,
  listOf,
  nonEmpty,
  object,
  objectOf,
  oneOf,
  text,
  texts,
  wordsOf,
} from '../model/checks/kinds.js'
import { domainOf } from './name-rules.js'
import { planRule } from './plan-targets.js'

export const strategies: readonly MigStrategy[] = wordsOf<MigStrategy>({
  none: true,
  single: true,
  mixed: true,
})
const modes = ['compute', 'graphics', 'unknown'] as const

const count: Rule = {
  allowed: 'a whole number from 1',
  accepts: (value) => Number.isSafeInteger(value) && Number(value) > 0,
}

const seconds: Rule = {
  allowed: 'a number of seconds from 0',
  accepts: (value) => typeof value === 'number' && value >= 0 && Number.isFinite(value),
}

const dotted: Rule = {
  allowed: 'two numbers with a dot between them, such as 8.0',
  accepts: (value) => typeof value === 'string' && /^\d+\.\d+$/.test(value),
}

const strategyRules: RulesOf<StrategyOptions> = { strategy: oneOf(...strategies), plan: planRule }

const labelRules: RulesOf<NodeLabelOptions> = {
  ...strategyRules,
  machine: text,
  cudaVersion: dotted,
  computeCapability: dotted,
  mode: oneOf(...modes),
  vgpu: flag,
  timestamp: seconds,
}

const podRules: RulesOf<PodRequestOptions> = {
  strategy: oneOf('single', 'mixed'),
  count,
  model: nonEmpty,
}

const limits: Rule = {
  ...object,
  items: {
    allowed: 'a whole number from 0',
    accepts: (value) =>
      (typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value))) &&
      Number.isSafeInteger(Number(value)) &&
      Number(value) >= 0,
  },
}

const allocationRules: RulesOf<AllocationOptions> = {
  strategy: strategyRules.strategy,
  limits: object,
  deviceList: oneOf('envvar', 'volume-mounts', 'cdi-annotations', 'cdi-cri'),
  taken: listOf(nonEmpty),
}

const configMapRules: RulesOf<ConfigMapOptions> = {
  name: domainOf(253),
  // Its name is a part of that of the ConfigMap.
  node: domainOf(242),
  namespace: domainOf(63),
  labels: texts,
  annotations: texts,
}

const readConfigMapRules: RulesOf<ReadConfigMapOptions> = { matching: oneOf('strict', 'lenient') }

export function checkConfigMapOptions(options: unknown): void {
  checkOptions('migManagerConfigMap', options, objectOf(configMapRules))
}

export function checkReadConfigMapOptions(options: unknown): void {
  checkOptions('readMigManagerConfigMap', options, objectOf(readConfigMapRules))
}

export function checkAllocationOptions(options: unknown): void {
  checkOptions('allocationPreview', options, objectOf(allocationRules, 'strategy', 'limits'))
}

/** Those of a pod as the API server has it are texts. */
export function checkLimits(own: Readonly<Record<string, unknown>>): void {
  checkOptions('allocationPreview', { limits: own }, objectOf({ limits }))
}

export function checkStrategyOptions(subject: string, options: unknown): void {
  checkOptions(subject, options, objectOf(strategyRules, 'strategy'))
}

export function checkStrategyOfOptions(options: unknown): void {
  checkOptions('strategyOf', options, objectOf({ plan: planRule }))
}

export function checkLabelOptions(options: unknown): void {
  checkOptions('nodeLabels', options, objectOf(labelRules, 'strategy'))
}

export function checkPodOptions(options: unknown): void {
  checkOptions('podRequest', options, objectOf(podRules, 'strategy'))
}
