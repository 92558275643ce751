import { existsSync } from 'node:fs'

let found: URL | undefined

/** The folder with this package's `package.json`. Sources and built code lie at different depths in it. */
export function packageRoot(): URL {
  found ??= findRoot(new URL('.', import.meta.url))
  return found
}

function findRoot(folder: URL): URL {
  const above = new URL('..', folder)
  const isTop = above.href === folder.href
  return isTop || existsSync(new URL('package.json', folder)) ? folder : findRoot(above)
}
