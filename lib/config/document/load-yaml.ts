import { createRequire } from 'node:module'

export type Yaml = typeof import('yaml')

// `yaml` takes longer to load than the rest of this package together, and documents that are objects do
// not need it.
const require = createRequire(import.meta.url)
export const loadYaml = (): Yaml => require('yaml')
