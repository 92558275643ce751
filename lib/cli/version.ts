import { readFileSync } from 'node:fs'
import { packageRoot } from '../model/package-root.js'

/** This package's version, from its `package.json`. */
export function version(): string {
  const file = new URL('package.json', packageRoot())
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
