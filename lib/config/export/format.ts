import { Document, isMap, isScalar, isSeq, visit } from 'yaml'
import type { MigConfigDocument } from '../../../types/config/config.js'
import type { MigNvmlConfigDocument } from '../../../types/config/mig-nvml-config.js'

const byName = new Set<unknown>(['mig-devices', 'total-mig-devices'])
const onOneLine = new Set<unknown>(['devices', 'device-filter', 'keep'])
const lists = new Set<unknown>(['placements', ...byName])

/** Writes YAML in the style of NVIDIA's files: profile names and filters in quotes, lists on one line. */
export function formatConfigYaml(config: MigConfigDocument | MigNvmlConfigDocument): string {
  // YAML 1.1, so that a name such as `on` gets the quotes that older parsers need.
  const document = new Document(config, { version: '1.1' })
  visit(document, {
    Pair: (_, { key, value }) => {
      const field = isScalar(key) ? key.value : undefined
      if (byName.has(field) && isMap(value)) {
        for (const profile of value.items) {
          if (isScalar(profile.key)) profile.key.type = 'QUOTE_DOUBLE'
        }
      }
      if (lists.has(field) && isSeq(value)) {
        for (const item of value.items) if (isMap(item)) item.flow = true
      }
      if ((field === 'device-filter' || field === 'profile') && isScalar(value))
        value.type = 'QUOTE_DOUBLE'
      if (isSeq(value) && onOneLine.has(field)) value.flow = true
    },
  })
  return document.toString({ lineWidth: 0, flowCollectionPadding: false })
}
