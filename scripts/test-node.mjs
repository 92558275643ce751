// Runs the main suite on other versions of Node: the first that the package supports, and each line since.
// Usage: test-node.mjs [--list] [VERSION…] [FILE…]; without versions on all of them, one after the other.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { installNode, nodeVersions } from './install-node.mjs'
import { countTests, readReport } from './test-report.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const { values, positionals } = parseArgs({
  options: { list: { type: 'boolean', default: false } },
  allowPositionals: true,
})
if (values.list) {
  console.log(nodeVersions.join('\n'))
  process.exit(0)
}
const isVersion = (word) => /^\d+(\.\d+){0,2}$/.test(word)
const asked = positionals.filter(isVersion)
const files = positionals.filter((word) => !isVersion(word))

const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-node-'))
// Tests of the trust model start this Node as another user.
chmodSync(folder, 0o755)
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const lines = (asked.length > 0 ? asked : nodeVersions).map(testOn)
console.log(lines.map(({ text }) => text).join('\n'))
process.exitCode = lines.every(({ ok }) => ok) ? 0 : 1

function testOn(version) {
  const node = installNode(folder, version)
  const exact = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()
  if (!`${exact}.`.startsWith(`v${version}.`))
    throw new Error(`node ${version} says that it is ${exact}`)
  console.log(`Node ${exact}`)
  const report = process.env.MIG_NVML_TEST_REPORT ?? join(folder, `${version}.json`)
  rmSync(report, { force: true })
  const args = [vitest, 'run', '--project', 'main', '--maxWorkers', '100%', ...files]
  const { status } = spawnSync(node, args, {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      // What a test starts as `node`, and what names it in its first line, is of this version, too.
      PATH: [dirname(node), process.env.PATH].join(delimiter),
      MIG_NVML_TEST_REPORT: report,
    },
  })
  return { ok: status === 0, text: `Node ${exact}: ${countsOf(report)}` }
}

function countsOf(report) {
  try {
    const { passed, failed } = countTests(readReport(report))
    return `${passed} passed, ${failed} failed`
  } catch {
    return 'the tests did not come to their end'
  }
}
