import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Every module of `lib/` and `types/`, by its path below the root, with what it imports: types as well. */
export const modules: ReadonlyMap<string, Module> = readModules()

export interface Module {
  readonly text: string
  /** Modules of this repository, by path. */
  readonly imports: readonly string[]
  /** Packages and Node's own modules. */
  readonly packages: readonly string[]
}

/** The folder that a file of `lib/` belongs to, below `lib/`; a file at the top stands for itself. */
export function folderOf(path: string): string {
  const folder = dirname(path).replace(/^lib\/?/, '')
  return folder === '' ? path : folder
}

/** Groups of two and more nodes, each reachable from each other one. */
export function circlesOf(
  graph: ReadonlyMap<string, ReadonlySet<string>>,
): readonly (readonly string[])[] {
  const reachable = new Map([...graph.keys()].map((node) => [node, reachFrom(graph, node)]))
  const circles = new Map<string, readonly string[]>()
  for (const [node, reached] of reachable) {
    if (!reached.has(node)) continue
    const circle = [...reached].filter((other) => reachable.get(other)?.has(node)).sort()
    circles.set(circle.join(' '), circle)
  }
  return [...circles.values()]
}

function reachFrom(graph: ReadonlyMap<string, ReadonlySet<string>>, start: string): Set<string> {
  const reached = new Set<string>()
  const waiting = [...(graph.get(start) ?? [])]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (reached.has(node)) continue
    reached.add(node)
    waiting.push(...(graph.get(node) ?? []))
  }
  return reached
}

function readModules(): Map<string, Module> {
  const paths = ['lib', 'types'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  )
  const known = new Set(paths)
  const read = (path: string): Module => {
    const text = readFileSync(join(root, path), 'utf8')
    const targets = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
      ([, target = '']) => target,
    )
    const imports = targets
      .filter((target) => target.startsWith('.'))
      .map((target) => normalize(join(dirname(path), target)).replace(/\.js$/, ''))
      .map((stem) => (known.has(`${stem}.ts`) ? `${stem}.ts` : `${stem}.d.ts`))
    const missing = imports.filter((target) => !known.has(target))
    if (missing.length > 0) throw new Error(`${path} imports ${missing.join(', ')}`)
    return { text, imports, packages: targets.filter((target) => !target.startsWith('.')) }
  }
  return new Map(paths.map((path) => [path, read(path)]))
}
