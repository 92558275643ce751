import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const imported = new Map()

/** Whether a test loads one of these files, itself or through what it imports. Types load nothing. */
export function loads(test, files) {
  const wanted = new Set(files)
  const seen = new Set([test])
  for (const path of seen) {
    if (wanted.has(path)) return true
    for (const next of importsOf(path)) seen.add(next)
  }
  return false
}

function importsOf(path) {
  if (!imported.has(path)) imported.set(path, [...readImports(path)])
  return imported.get(path)
}

function* readImports(path) {
  const text = readFileSync(path, 'utf8').replaceAll(/^(import|export) type .*?['"].*?['"]/gms, '')
  for (const [, name] of text.matchAll(
    /(?:from|import\(?|import\.meta\.resolve\()\s*'(\.[^']*)'/g,
  )) {
    const file = join(dirname(path), name).replace(/\.js$/, '.ts')
    if (existsSync(file)) yield file
  }
}
