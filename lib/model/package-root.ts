import { existsSync } from 'node:fs'

let found: URL | undefined

/** The folder of this package, with its `package.json`: built code lies deeper in it than its sources. */
export function packageRoot(): URL {
  found ??= findRoot(new URL('.', import.meta.url))
  return found
}

function findRoot(folder: URL): URL {
  const above = new URL('..', folder)
  const isTop = above.href === folder.href
  return isTop || existsSync(new URL('package.json', folder)) ? folder : findRoot(above)
}
