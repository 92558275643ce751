import type { MigConfigDocument } from '../../types/config.js'
import { loadYaml } from './yaml-text.js'

/** As YAML in the style of NVIDIA's files: profile names and filters in quotes, lists on one line. */
export function formatConfigYaml(config: MigConfigDocument): string {
  const yaml = loadYaml()
  // By the rules of YAML 1.1, so that a name such as `on` gets the quotes that older parsers need.
  const document = new yaml.Document(config, { version: '1.1' })
  yaml.visit(document, {
    Pair: (_, { key, value }) => {
      const field = yaml.isScalar(key) ? key.value : undefined
      if (field === 'mig-devices' && yaml.isMap(value)) {
        for (const profile of value.items) {
          if (yaml.isScalar(profile.key)) profile.key.type = 'QUOTE_DOUBLE'
        }
      }
      if (field === 'device-filter' && yaml.isScalar(value)) value.type = 'QUOTE_DOUBLE'
      if (yaml.isSeq(value) && (field === 'devices' || field === 'device-filter')) {
        value.flow = true
      }
    },
  })
  return document.toString({ lineWidth: 0, flowCollectionPadding: false })
}
