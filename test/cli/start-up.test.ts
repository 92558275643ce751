import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import * as module from 'node:module'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-start-up-'))
const loaded = join(folder, 'loaded')
const hooks = join(folder, 'hooks.mjs')
const register = join(folder, 'register.mjs')
writeFileSync(
  hooks,
  `import { appendFileSync } from 'node:fs'
  export function load(url, context, next) {
    appendFileSync(${JSON.stringify(loaded)}, url + '\\n')
    return next(url, context)
  }`,
)
writeFileSync(
  register,
  `import { register } from 'node:module'
  register(${JSON.stringify(pathToFileURL(hooks))})`,
)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The files that a command loads, below the folder of the package. Node's own modules do not count. */
function filesLoadedBy(args: readonly string[]): readonly string[] {
  writeFileSync(loaded, '')
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--no-deprecation', '--import', pathToFileURL(register).href, cli, ...args],
    { encoding: 'utf8' },
  )
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const urls = readFileSync(loaded, 'utf8').split('\n')
  return urls.filter((url) => /\/(?:dist|node_modules)\//.test(url))
}

describe('what a start loads', () => {
  test.each([[['--version']], [['--help']], [['help']]])(
    '%j loads few files, and none of the driver, the catalog or the documents',
    (args) => {
      const files = filesLoadedBy(args)
      expect(files.length).toBeGreaterThan(1)
      expect(files.length).toBeLessThanOrEqual(10)
      expect(files.filter((url) => /driver\.js|catalog|yaml|valibot/.test(url))).toEqual([])
    },
  )

  test('status loads nothing that reads documents', () => {
    const store = join(folder, 'store')
    const files = filesLoadedBy(['status', '--simulate', 'A30', '--store', store])
    expect(files.filter((url) => /yaml|valibot|\/resolve\.js|\/parse\.js/.test(url))).toEqual([])
  })
})

const cached = 'enableCompileCache' in module
if (!cached) console.log(`SKIPPED: the compile cache, which Node ${process.version} does not have`)

test.runIf(cached)('compiled code is kept in the home folder of the user database', () => {
  const kept = join(userInfo().homedir, '.cache/mig-nvml')
  filesLoadedBy(['--version'])
  expect(readdirSync(kept).length).toBeGreaterThan(0)
})
