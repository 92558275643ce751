import { parseConfig } from '../../config/document/parse.js'
import { isMigError } from '../../errors.js'
import { configsAnnotation, evictAnnotation } from '../../kubernetes/agent/names.js'
import { type NodeAgentOptions, nodeName } from './context.js'

/** Configurations that stand on the node, and come before those of the file. */
export interface OwnConfigs {
  readonly text: string
  /** Whether a pod, as `namespace/name`, may be evicted for them. */
  readonly mayEvict: (pod: string) => boolean
}

/** Null: a configuration of this name does not stand on the node. */
export async function findOwnConfigs(
  options: NodeAgentOptions,
  name: string | null,
): Promise<OwnConfigs | null> {
  const annotations = options.annotations?.() ?? (await readAnnotations(options))
  const text = annotations[configsAnnotation]
  if (text === undefined || name === null || !hasConfig(text, name)) return null
  const evicted = annotations[evictAnnotation] ?? ''
  const named = new Set(evicted.split(',').map((pod) => pod.trim()))
  return { text, mayEvict: (pod) => evicted === 'true' || named.has(pod) }
}

/** An agent that has just started has not seen its node yet. */
async function readAnnotations(options: NodeAgentOptions) {
  const node = await options.cluster.get(nodeName(options), { signal: options.signal })
  return node?.metadata.annotations ?? {}
}

/** A text that names it and is wrong counts: the step that reads it says what is wrong. */
function hasConfig(text: string, name: string): boolean {
  if (!text.includes(name)) return false
  try {
    const { 'mig-configs': configs = {} } = parseConfig(text, { matching: 'lenient' }).document
    return Object.hasOwn(configs, name)
  } catch (error) {
    if (isMigError(error)) return true
    throw error
  }
}
