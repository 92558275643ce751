import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, inject, test } from 'vitest'

const { project } = inject('packed')
const folder = join(project, 'bundled')
const bin = join(folder, 'node_modules/.bin')

/** Uses every entry point that needs no driver. */
const program = `
import { createFleet } from 'mig-nvml/fleet'
import { parseMigConfig } from 'mig-nvml/config'
import { parseVisibleDevices } from 'mig-nvml/containers'
import { compileGeometry } from 'mig-nvml/solver'
import { podRequest } from 'mig-nvml/kubernetes'

const text = '{version: v1, mig-configs: {a: [{devices: all, mig-enabled: true, mig-devices: {3g.20gb: 2}}]}}'
const config = parseMigConfig(text)
const fleet = createFleet({ gpus: [{ id: 'one', model: 'A100-SXM4-40GB' }] })
const { kind } = fleet.place({ id: 'first', profile: '3g.20gb' })
const [resource] = Object.keys(podRequest('3g.20gb', { strategy: 'mixed' }).limits)
const visible = parseVisibleDevices('all').kind
const said = [Object.keys(config['mig-configs']), kind, typeof compileGeometry, resource, visible].join(' ')
if (typeof globalThis.document === 'object') globalThis.document.title = said
console.log(said)
`
const answer = 'a placed function nvidia.com/mig-3g.20gb all'

/** The command for a bundle that Node runs, and its arguments. */
const bundlers = {
  'esbuild, as ESM': ['esbuild', 'app.js --bundle --platform=node --format=esm --outfile=OUT.mjs'],
  'esbuild, as CommonJS': [
    'esbuild',
    'app.js --bundle --platform=node --format=cjs --outfile=OUT.cjs',
  ],
  rollup: [
    'rollup',
    'app.js --plugin node-resolve --plugin commonjs --format es --file OUT.mjs --external highs',
  ],
  rolldown: ['rolldown', 'app.js --platform node --format esm --file OUT.mjs'],
  'Vite SSR': ['vite', 'build --ssr app.js --outDir OUT --config vite.config.mjs'],
  webpack: ['webpack', '--entry ./app.js --mode production --target node --externals highs -o OUT'],
  ncc: ['ncc', 'build app.js --out OUT'],
} as const
const outputs: Readonly<Record<string, string>> = {
  'Vite SSR': 'OUT/app.js',
  webpack: 'OUT/main.js',
  ncc: 'OUT/index.js',
}

beforeAll(() => {
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}')
  writeFileSync(join(folder, 'app.js'), program)
  writeFileSync(
    join(folder, 'vite.config.mjs'),
    'export default { ssr: { noExternal: true }, logLevel: "warn" }',
  )
  const packages = [
    'esbuild@0.25.11',
    'rollup@4.52.5',
    '@rollup/plugin-node-resolve@16.0.3',
    '@rollup/plugin-commonjs@28.0.9',
    'rolldown@1.2.19',
    'vite@7.1.12',
    'webpack@5.102.1',
    'webpack-cli@6.0.1',
    '@vercel/ncc@0.38.4',
  ]
  const install = ['install', '--no-audit', '--no-fund', inject('packed').tarball, ...packages]
  execFileSync('npm', install, { cwd: folder, stdio: 'pipe' })
})

describe('entry points that need no driver', () => {
  test.each(Object.entries(bundlers))('%s bundles them for Node', (name, [command, args]) => {
    const output = `node-${name.replaceAll(/\W+/g, '-')}`
    bundle(command, args.replace('OUT', output))
    const built = (outputs[name] ?? /OUT\.\w+/.exec(args)?.[0] ?? '').replace('OUT', output)
    // Nothing that the bundle could find beside it.
    const alone = join(project, '..', `alone-${output}`)
    mkdirSync(alone)
    const copy = join(alone, built.endsWith('.cjs') ? 'app.cjs' : 'app.mjs')
    writeFileSync(copy, readFileSync(join(folder, built)))
    const run = { cwd: alone, encoding: 'utf8' } as const
    const isCommonJs = name === 'webpack'
    expect(execFileSync('node', isCommonJs ? [renamed(copy)] : [copy], run)).toBe(`${answer}\n`)
  })

  test('a browser runs them without any module of Node', () => {
    const html = 'page.html'
    bundle('esbuild', 'app.js --bundle --platform=browser --format=iife --outfile=browser.js')
    const script = readFileSync(join(folder, 'browser.js'), 'utf8').replaceAll(
      '</script',
      '<\\/script',
    )
    writeFileSync(join(folder, html), `<!doctype html><title>-</title><script>${script}</script>`)
    const chromium = ['chromium-headless-shell', 'chromium', 'google-chrome'].find(
      (name) => spawnSync(name, ['--version']).status === 0,
    )
    if (chromium === undefined) {
      console.log('SKIPPED: the package in a browser: no Chromium is installed')
      return
    }
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--dump-dom']
    const page = execFileSync(chromium, [...flags, `file://${join(folder, html)}`], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    expect(/<title>(.*)<\/title>/.exec(page)?.[1]).toBe(answer)
  })
})

test('a bundle of the whole package says that mig-nvml must stay external', () => {
  const whole = `import { readMigState } from 'mig-nvml'
    await readMigState().catch((error) => console.log(error.code, error.hint))`
  writeFileSync(join(folder, 'whole.js'), whole)
  bundle('esbuild', 'whole.js --bundle --platform=node --format=esm --outfile=whole.out.mjs')
  const alone = join(project, '..', 'alone-whole')
  mkdirSync(alone)
  writeFileSync(join(alone, 'app.mjs'), readFileSync(join(folder, 'whole.out.mjs')))
  expect(execFileSync('node', ['app.mjs'], { cwd: alone, encoding: 'utf8' })).toMatch(
    /^MIG_NATIVE_UNAVAILABLE .*mark `mig-nvml` as external/,
  )
})

function bundle(command: string, args: string): void {
  const { status, stdout, stderr } = spawnSync(join(bin, command), args.split(' '), {
    cwd: folder,
    encoding: 'utf8',
  })
  expect(status === 0 ? '' : `${stdout}${stderr}`).toBe('')
}

function renamed(file: string): string {
  const target = file.replace(/\.mjs$/, '.cjs')
  writeFileSync(target, readFileSync(file))
  return target
}
