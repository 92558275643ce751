import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'vitest'
import { noteFor } from './note-reached.mjs'

// Which tests these are, for this process and for those that they start.
const { testPath } = expect.getState()
if (testPath !== undefined && process.env['__STRYKER_ACTIVE_MUTANT__'] === undefined) {
  process.env['MIG_NVML_MUTATION_TEST'] = testPath
  const note = pathToFileURL(join(import.meta.dirname, 'note-reached.mjs')).href
  process.env['NODE_OPTIONS'] = `${process.env['NODE_OPTIONS'] ?? ''} --import ${note}`
  noteFor(testPath)
}
