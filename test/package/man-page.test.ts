import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, inject, test } from 'vitest'

const { project, tarball } = inject('packed')
const page = join(project, 'node_modules/mig-nvml/dist/mig-nvml.1')
const prefix = mkdtempSync(join(tmpdir(), 'mig-nvml-man-'))
afterAll(() => rmSync(prefix, { recursive: true, force: true }))

/** Whether a program of this name is there; if not, the log says what is left out. */
function has(program: string): boolean {
  const found = spawnSync(program, ['--version']).error === undefined
  if (!found) console.log(`SKIPPED: the manual page by ${program}, which is not installed`)
  return found
}

test.runIf(has('mandoc'))('mandoc finds nothing to say about the manual page', () => {
  const { status, stdout, stderr } = spawnSync('mandoc', ['-Tlint', page], { encoding: 'utf8' })
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' })
})

test.runIf(has('man'))(
  'man shows the page without a warning and without lines over 80 columns',
  () => {
    // In a minimal Debian image, `man` says how to get the pages that the image lacks.
    const env = { ...process.env, MANWIDTH: '80', LC_ALL: 'C.UTF-8', MANPAGER: 'cat' }
    const { stdout, stderr } = spawnSync('man', ['--warnings', '-l', page], {
      encoding: 'utf8',
      env,
    })
    expect(stderr).toBe('')
    if (!stdout.includes('NAME')) {
      console.log(`SKIPPED: the manual page by man, which prints: ${stdout.slice(0, 200)}`)
      return
    }
    expect(stdout).toMatch(/mig-nvml - partition NVIDIA GPUs with MIG/)
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  },
)

test('a global installation puts the manual page where man looks', () => {
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefix', prefix]
  execFileSync('npm', ['install', '--global', ...options, tarball], { stdio: 'pipe' })
  const installed = join(prefix, 'share/man/man1/mig-nvml.1')
  expect(existsSync(installed)).toBe(true)
  expect(readFileSync(installed, 'utf8')).toBe(readFileSync(page, 'utf8'))
})
