export type Yaml = typeof import('yaml')

let loaded: Yaml | undefined

/** For an entry point that imports `yaml` itself, so that bundlers see it. */
export function provideYaml(yaml: Yaml): void {
  loaded = yaml
}

/**
 * `yaml` takes longer to load than the rest of this package together, so documents that are objects do
 * without it. No import of `node:module`, because documents are also read where there is no Node.
 */
export function loadYaml(): Yaml {
  loaded ??= process.getBuiltinModule('node:module').createRequire(import.meta.url)('yaml') as Yaml
  return loaded
}
