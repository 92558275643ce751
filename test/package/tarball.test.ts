import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = new URL('../..', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-package-'))
let files: string[] = []
let tarball = ''

beforeAll(() => {
  const output = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  // `prepare` writes its own lines before the JSON.
  const parsed: unknown = JSON.parse(output.slice(output.search(/^[[{]/m)))
  const [packed] = (Array.isArray(parsed) ? parsed : Object.values(parsed as object)) as [
    { filename: string; files: { path: string }[] },
  ]
  files = packed.files.map((file) => file.path)
  tarball = join(folder, packed.filename)
}, 600_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the tarball', () => {
  test('holds the binaries for this platform, the contract, the catalog and the examples', () => {
    const platform = `prebuilds/linux-${process.arch}`
    for (const file of [
      'dist/index.js',
      'dist/index.d.ts',
      'dist/cli/main.js',
      'types/config.d.ts',
      'catalog/mig-gpus.json',
      'examples/kubecon-demo.yaml',
      'README.md',
      'LICENSE',
      `${platform}/mig_nvml.node`,
      `${platform}/mig_simulator_control.node`,
      `${platform}/simulator/libnvidia-ml.so.1`,
    ]) {
      expect(files).toContain(file)
    }
  })

  test('holds nothing that builds or tests', () => {
    const strange = files.filter((file) =>
      /^(binding\.gyp|native|test|benchmarks|scripts|build|lib)\b/.test(file),
    )
    expect(strange).toEqual([])
  })

  test('runs no script when it is installed', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    expect(Object.keys(scripts)).not.toContain('preinstall')
    expect(Object.keys(scripts)).not.toContain('install')
    expect(Object.keys(scripts)).not.toContain('postinstall')
  })
})

describe('an installed package', () => {
  const project = join(folder, 'project')

  beforeAll(() => {
    execFileSync('mkdir', ['-p', project])
    writeFileSync(join(project, 'package.json'), '{"name":"user","private":true,"type":"module"}')
    execFileSync('npm', ['install', '--no-audit', '--no-fund', tarball], {
      cwd: project,
      stdio: 'ignore',
    })
  }, 600_000)

  test('applies a configuration to a simulated machine', () => {
    const program = `
      import { applyMigConfig } from 'mig-nvml'
      import { createSimulatedMachine } from 'mig-nvml/simulator'
      const machine = createSimulatedMachine('A100-SXM4-40GB')
      const report = await applyMigConfig(
        { version: 'v1', 'mig-configs': { all: [
          { devices: 'all', 'mig-enabled': true, 'mig-devices': { '3g.20gb': 2 } } ] } },
        { library: machine.library })
      console.log(report.outcome, report.after.gpus[0].gpuInstances.length)`
    writeFileSync(join(project, 'use.js'), program)
    expect(run('node', ['use.js']).trim()).toBe('applied 2')
  })

  test('can be required from CommonJS', () => {
    const program = "console.log(typeof require('mig-nvml').applyMigConfig)"
    expect(run('node', ['--input-type=commonjs', '-e', program]).trim()).toBe('function')
  })

  test('has a command line', () => {
    expect(run('npx', ['--no-install', 'mig-nvml', '--version']).trim()).toMatch(/^\d+\.\d+\.\d+$/)
  })

  function run(command: string, args: string[]): string {
    return execFileSync(command, args, { cwd: project, encoding: 'utf8' })
  }
})

describe('the package for its users’ tools', () => {
  test('publint finds nothing', () => {
    execFileSync(join(root, 'node_modules/.bin/publint'), ['run', tarball, '--strict'], {
      stdio: 'pipe',
    })
  })

  test('the types resolve for ESM', () => {
    execFileSync(join(root, 'node_modules/.bin/attw'), [tarball, '--profile', 'esm-only'], {
      stdio: 'pipe',
    })
  })

  test('the binaries ask for no newer glibc than Debian 12 and RHEL 9 have', () => {
    const platform = join(
      folder,
      'project/node_modules/mig-nvml/prebuilds',
      `linux-${process.arch}`,
    )
    for (const file of ['mig_nvml.node', 'simulator/libnvidia-ml.so.1']) {
      const symbols = execFileSync('readelf', ['-W', '--dyn-syms', join(platform, file)], {
        encoding: 'utf8',
      })
      const minors = [...symbols.matchAll(/GLIBC_2\.(\d+)/g)].map((match) => Number(match[1]))
      expect(Math.max(...minors), file).toBeLessThanOrEqual(34)
    }
  })
})
