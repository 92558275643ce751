import { readFileSync } from 'node:fs'
import { packageRoot } from './package-root.js'

export type CatalogFile = 'mig-gpus.json' | 'assumed.json'

/**
 * The text of a file of `catalog/`. In `dist/` the texts themselves stand in place of this module
 * (scripts/bundle.mjs), so that the package can be bundled and runs where there are no files.
 */
export function readCatalogText(file: CatalogFile): string {
  return readFileSync(new URL(`catalog/${file}`, packageRoot()), 'utf8')
}
