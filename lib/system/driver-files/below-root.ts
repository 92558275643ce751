import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs'
import { dirname, join } from 'node:path'

/** A tree in which a driver is installed. Paths are those of the tree; nothing outside of it is ever reached. */
export interface InstalledTree {
  /** The path on the host for a path of the tree. */
  hostPath(path: string): string
  /** Where the links of a path lead. Null: it leads to nothing. */
  resolve(path: string): string | null
  /** The files of a folder with names of this form, sorted, links included. */
  list(folder: string, names: RegExp): readonly string[]
  /** Null: there is nothing. Links are followed. */
  status(path: string): Stats | null
  isLink(path: string): boolean
}

const mostLinks = 40

export function openTree(root: string): InstalledTree {
  const hostPath = (path: string): string => join(root, path)

  const statusOf = (path: string): Stats | null => {
    try {
      return lstatSync(hostPath(path))
    } catch {
      return null
    }
  }

  // An absolute link in the tree is meant below its root, and `..` does not leave it: `join` to `/` ends there.
  function resolve(path: string): string | null {
    let resolved = '/'
    let rest = path.split('/')
    for (let links = 0; ; ) {
      const [name, ...others] = rest
      if (name === undefined) return resolved
      rest = others
      if (name === '' || name === '.') continue
      if (name === '..') {
        resolved = dirname(resolved)
        continue
      }
      const next = join(resolved, name)
      const status = statusOf(next)
      if (status === null) return null
      if (!status.isSymbolicLink()) {
        resolved = next
        continue
      }
      links += 1
      if (links > mostLinks) return null
      const target = readlinkSync(hostPath(next))
      if (target.startsWith('/')) resolved = '/'
      rest = [...target.split('/'), ...rest]
    }
  }

  return {
    hostPath,
    resolve,
    list(folder, names) {
      const resolved = resolve(folder)
      if (resolved === null) return []
      try {
        return readdirSync(hostPath(resolved))
          .filter((name) => names.test(name))
          .sort()
          .map((name) => join(folder, name))
      } catch {
        return []
      }
    },
    status(path) {
      const resolved = resolve(path)
      return resolved === null ? null : statusOf(resolved)
    },
    isLink(path) {
      const folder = resolve(dirname(path))
      if (folder === null) return false
      return (
        statusOf(join(folder, path.slice(path.lastIndexOf('/') + 1)))?.isSymbolicLink() ?? false
      )
    },
  }
}
