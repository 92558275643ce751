// Notes at once which mutants a process reaches: a process that is killed writes nothing at its end.
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'

export const reachedFolder = join(import.meta.dirname, '../../build/reached/by-test')

/** The file of tests, or what has started this process for it. */
const test = process.env['MIG_NVML_MUTATION_TEST']
if (test !== undefined && process.env['__STRYKER_ACTIVE_MUTANT__'] === undefined) noteFor(test)

export function noteFor(path) {
  const file = join(reachedFolder, Buffer.from(path).toString('base64url'))
  const reached = new Proxy(
    {},
    {
      set(counts, mutant, count) {
        if (!(mutant in counts)) appendFileSync(file, `${mutant}\n`)
        return Reflect.set(counts, mutant, count)
      },
    },
  )
  // Where the code that Stryker has changed counts what runs.
  globalThis.__stryker__ = { mutantCoverage: { static: reached, perTest: {} } }
}
