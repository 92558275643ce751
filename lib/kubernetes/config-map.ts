import type { MigConfigDocument, MigConfigMap } from '../../types/config/config.js'
import type { MigNvmlConfigDocument } from '../../types/config/mig-nvml-config.js'
import type {
  ConfigMapOptions,
  MigManagerConfigMap,
  MigManagerConfigs,
  ReadConfigMapOptions,
} from '../../types/kubernetes/config-map.js'
import { isConfigMap } from '../config/document/check-document.js'
import { parseConfig } from '../config/document/parse.js'
import { readYamlText } from '../config/document/yaml-text.js'
import { formatConfigYaml } from '../config/export/format.js'
import { MigError } from '../errors.js'
import { deepFreeze } from '../model/freeze.js'
import { checkConfigMapOptions, checkReadConfigMapOptions } from './check-options.js'
import { isLabelValue } from './label-values.js'

/** Source: the GPU Operator's value `migManager.config.default` and its mig-manager since v26.3. */
const defaultName = 'default-mig-parted-config'
const nodeSuffix = '-mig-config'

/** Kubernetes: a ConfigMap has at most 1 MiB. */
const mostBytes = 2 ** 20

/**
 * The ConfigMap of a document as mig-manager and `mig-nvml agent` mount it: YAML under the key `config.yaml`. A label of a node then
 * selects one of its configurations.
 *
 * @throws MigError `MIG_CONFIG_INVALID` for a document that is not valid, that mig-manager cannot read, or with a name that no label can
 *   have. TypeError for wrong options.
 */
export function migManagerConfigMap(
  document: MigConfigDocument,
  options: ConfigMapOptions = {},
): MigManagerConfigMap {
  checkConfigMapOptions(options)
  const { node, namespace, labels, annotations } = options
  const name = options.name ?? (node === undefined ? defaultName : `${node}${nodeSuffix}`)
  const { configs, unselectable, ...read } = describe(parseConfig(document).document)
  if (unselectable.length > 0)
    throw invalid(
      `no label of a node can have the name ${unselectable.map((each) => JSON.stringify(each)).join(', ')}`,
      'a value of a label has at most 63 letters, digits, -, _ and ., and begins and ends with a letter or digit',
    )
  if (configs.length === 0) throw invalid('it has no configuration that a label could select')
  const text = formatConfigYaml(read.document)
  if (new TextEncoder().encode(text).length > mostBytes)
    throw invalid(`as YAML it is longer than ${mostBytes} bytes, and a ConfigMap cannot be`)
  return deepFreeze({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels: { ...labels } }),
      ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
    },
    data: { 'config.yaml': text },
  })
}

/**
 * What a ConfigMap of mig-manager has: the document, and which configurations a node can select. Also from its text, as
 * `kubectl get configmap -o yaml` prints it.
 *
 * @throws MigError `MIG_CONFIG_INVALID`. TypeError for wrong options.
 */
export function readMigManagerConfigMap(
  configMap: MigConfigMap | string,
  options: ReadConfigMapOptions = {},
): MigManagerConfigs {
  checkReadConfigMapOptions(options)
  const value = typeof configMap === 'string' ? readYamlText(configMap, true).value : configMap
  if (!isConfigMap(value)) throw invalid('it is no ConfigMap')
  const metadata: unknown = Reflect.get(value, 'metadata')
  const name = textIn(metadata, 'name')
  return deepFreeze({
    ...describe(parseConfig(configMap, options).document),
    name,
    namespace: textIn(metadata, 'namespace'),
    node: name?.endsWith(nodeSuffix) ? name.slice(0, -nodeSuffix.length) || null : null,
  })
}

function describe(
  document: MigConfigDocument | MigNvmlConfigDocument,
): Pick<MigManagerConfigs, 'document' | 'configs' | 'unselectable'> {
  if (document.version !== 'v1')
    throw invalid(
      `mig-manager does not read version ${document.version}`,
      'write it in version v1; mig-nvml agent takes both as a file',
    )
  const names = Object.keys(document['mig-configs'] ?? {})
  return {
    document,
    configs: names.filter(isLabelValue),
    unselectable: names.filter((name) => !isLabelValue(name)),
  }
}

function textIn(object: unknown, key: string): string | null {
  const value: unknown = Object(object) === object ? Reflect.get(Object(object), key) : undefined
  return typeof value === 'string' && value !== '' ? value : null
}

function invalid(problem: string, hint?: string): MigError {
  return new MigError(
    'MIG_CONFIG_INVALID',
    `The MIG configuration cannot stand in a ConfigMap of mig-manager: ${problem}`,
    hint === undefined ? {} : { hint },
  )
}
