import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  installMigService,
  persistMigChoice,
  readMigService,
  uninstallMigService,
} from '../../../lib/node.js'
import { rejectionOf } from '../../support/errors.js'

const unit = '/etc/systemd/system/mig-nvml.service'
const target = '/etc/systemd/system/nvidia-gpu-reset.target'
const environment = '/etc/mig-nvml/boot.env'
const links = ['multi-user.target', 'nvidia-gpu-reset.target'].map(
  (name) => `/etc/systemd/system/${name}.wants/mig-nvml.service`,
)

interface Image {
  readonly root: string
  at(path: string): string
  put(path: string, text: string): void
  read(path: string): string
  /** Every file and link. */
  list(): readonly string[]
}

function createImage(): Image {
  const root = mkdtempSync(join(tmpdir(), 'mig-nvml-image-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const at = (path: string): string => join(root, path)
  return {
    root,
    at,
    put(path, text) {
      mkdirSync(dirname(at(path)), { recursive: true })
      writeFileSync(at(path), text)
    },
    read: (path) => readFileSync(at(path), 'utf8'),
    list: () =>
      readdirSync(root, { recursive: true, encoding: 'utf8' })
        .filter((name) => !lstatSync(join(root, name)).isDirectory())
        .map((name) => `/${name}`)
        .sort(),
  }
}

const outcomes = (report: { readonly files: readonly { kind: string; outcome: string }[] }) =>
  Object.fromEntries(report.files.map(({ kind, outcome }) => [kind, outcome]))

test('install writes and enables the service in an image, again it changes nothing, and uninstall leaves nothing', async () => {
  const image = createImage()
  const options = { root: image.root }
  const first = await installMigService(options)
  expect(outcomes(first)).toEqual({ environment: 'written', target: 'written', service: 'written' })
  expect(first).toMatchObject({ links, reloaded: false })
  expect(image.list()).toEqual([unit, target, environment, ...links].sort())
  for (const link of links) expect(readlinkSync(image.at(link))).toBe(unit)
  // Everybody may read a unit, whatever the umask is.
  expect(statSync(image.at(unit)).mode & 0o777).toBe(0o644)
  const again = await installMigService(options)
  expect(outcomes(again)).toEqual({
    environment: 'unchanged',
    target: 'unchanged',
    service: 'unchanged',
  })
  expect(again.links).toEqual([])
  const gone = await uninstallMigService(options)
  expect(outcomes(gone)).toEqual({ environment: 'removed', target: 'removed', service: 'removed' })
  expect(image.list()).toEqual([])
  expect(outcomes(await uninstallMigService(options))).toEqual({
    environment: 'missing',
    target: 'missing',
    service: 'missing',
  })
})

test('other options or another version replace a unit that nobody has changed', async () => {
  const image = createImage()
  await installMigService({ root: image.root })
  const options = { root: image.root, nodePath: '/opt/node/bin/node' }
  expect((await readMigService(options)).files).toContainEqual({
    kind: 'service',
    path: unit,
    state: 'outdated',
  })
  expect(outcomes(await installMigService(options))).toMatchObject({ service: 'written' })
  expect(image.read(unit)).toContain('ExecStart=/opt/node/bin/node ')
})

test('an installation that drops options of the one before warns of each', async () => {
  const { root } = createImage()
  const before = ['kubelet.service', 'docker.service']
  const first = await installMigService({
    root,
    before,
    stateFolder: '/data/a b',
    timeoutSeconds: 60,
  })
  expect(first.warnings.join('\n')).not.toContain('no longer')
  const again = await installMigService({ root, before: ['docker.service'], timeoutSeconds: 60 })
  expect(again.warnings.filter((text) => text.includes('no longer'))).toEqual([
    'the service had --before kubelet.service, and no longer has it',
    'the service had --state-dir /data/a b, and no longer has it',
  ])
  const { warnings } = await installMigService({ root })
  expect(warnings.filter((text) => text.includes('no longer'))).toEqual([
    'the service had --before docker.service, and no longer has it',
    'the service had --time-limit 60, and no longer has it',
  ])
  expect((await installMigService({ root, before })).warnings.join('\n')).not.toContain('no longer')
})

test('a unit that was changed by hand is neither overwritten nor removed, unless it is forced', async () => {
  const image = createImage()
  const options = { root: image.root }
  await installMigService(options)
  const changed = `${image.read(unit)}# mine\n`
  image.put(unit, changed)
  const error = await rejectionOf(installMigService({ ...options, nodePath: '/opt/node' }))
  expect(error).toMatchObject({ code: 'MIG_SERVICE_FAILED' })
  expect(error.message).toBe(`${unit} was changed by hand`)
  expect(error.hint).toContain('--force')
  expect(image.read(unit)).toBe(changed)
  expect((await readMigService(options)).files).toContainEqual({
    kind: 'service',
    path: unit,
    state: 'changed',
  })
  expect(outcomes(await installMigService({ ...options, force: true }))).toMatchObject({
    service: 'replaced',
  })
  expect(image.read(`${unit}.old`)).toBe(changed)
  image.put(unit, changed)
  expect(outcomes(await uninstallMigService(options))).toMatchObject({ service: 'kept' })
  expect(image.read(unit)).toBe(changed)
  expect(outcomes(await uninstallMigService({ ...options, force: true }))).toMatchObject({
    service: 'removed',
  })
})

test('the target of mig-parted and an edited environment file stay as they are', async () => {
  const image = createImage()
  const parted = '[Unit]\nDescription=Nvidia GPU Reset Target\n'
  image.put(target, parted)
  const edited = 'MIG_PARTED_SELECTED_CONFIG=all-balanced\n'
  image.put(environment, edited)
  const options = { root: image.root }
  const expected = { environment: 'kept', target: 'kept' }
  expect(outcomes(await installMigService({ ...options, force: true }))).toMatchObject(expected)
  for (const force of [false, true])
    expect(outcomes(await uninstallMigService({ ...options, force }))).toMatchObject(expected)
  expect([image.read(target), image.read(environment)]).toEqual([parted, edited])
})

test('a unit of somebody else is reported as foreign, and stays even where an uninstall is forced', async () => {
  const image = createImage()
  const options = { root: image.root }
  image.put(unit, '[Service]\nExecStart=/usr/bin/true\n')
  expect((await readMigService(options)).files).toContainEqual({
    kind: 'service',
    path: unit,
    state: 'foreign',
  })
  expect((await rejectionOf(installMigService(options))).message).toContain(
    'is not of mig-nvml service install',
  )
  expect(outcomes(await uninstallMigService({ ...options, force: true }))).toMatchObject({
    service: 'kept',
  })
})

test('a file whose folder cannot be made is named in the error', async () => {
  const image = createImage()
  image.put(dirname(unit), 'a file in place of the folder')
  const { code, message } = await rejectionOf(installMigService({ root: image.root }))
  expect(code).toBe('MIG_SERVICE_FAILED')
  expect(message).toContain(dirname(unit))
})

test('the target stays while another unit starts with it', async () => {
  const image = createImage()
  await installMigService({ root: image.root })
  image.put(`${target}.wants/nvidia-dcgm.service`, '')
  expect(outcomes(await uninstallMigService({ root: image.root }))).toMatchObject({
    target: 'kept',
  })
})

test('a masked unit is refused, and stays masked', async () => {
  const image = createImage()
  mkdirSync(dirname(image.at(unit)), { recursive: true })
  symlinkSync('/dev/null', image.at(unit))
  const error = await rejectionOf(installMigService({ root: image.root, force: true }))
  expect(error).toMatchObject({ code: 'MIG_SERVICE_FAILED', message: `${unit} is masked` })
  expect(readlinkSync(image.at(unit))).toBe('/dev/null')
  expect(image.list()).toEqual([unit])
})

test('absolute links of an image lead into the image, and not to this machine', async () => {
  const image = createImage()
  const outside = createImage()
  mkdirSync(image.at('usr/etc'), { recursive: true })
  symlinkSync('/usr/etc', image.at('etc'))
  symlinkSync(`../../../../../../../..${outside.root}`, image.at('usr/etc/systemd'))
  await installMigService({ root: image.root }).catch(() => {})
  expect(outside.list()).toEqual([])
  rmSync(image.at('usr/etc/systemd'))
  await installMigService({ root: image.root })
  expect(existsSync(image.at('usr/etc/systemd/system/mig-nvml.service'))).toBe(true)
})

test('a vendor folder of an image gets its links there as well', async () => {
  const image = createImage()
  const unitFolder = '/usr/lib/systemd/system'
  await installMigService({ root: image.root, unitFolder })
  expect(readlinkSync(image.at(`${unitFolder}/multi-user.target.wants/mig-nvml.service`))).toBe(
    `${unitFolder}/mig-nvml.service`,
  )
  expect(await readMigService({ root: image.root, unitFolder })).toMatchObject({ enabled: true })
})

test('the status says what is installed, changed, persisted and warned of', async () => {
  const image = createImage()
  const options = { root: image.root }
  expect(await readMigService(options)).toMatchObject({
    enabled: false,
    choice: null,
    lastBoot: null,
    files: [{ state: 'missing' }, { state: 'missing' }, { state: 'missing' }],
  })
  await installMigService(options)
  image.put(`${unit}.d/override.conf`, '[Unit]\n')
  mkdirSync(image.at('var/lib'), { recursive: true })
  const state = { stateFolder: image.at('var/lib/mig-nvml') }
  await persistMigChoice({ kind: 'generated', config: 'all-balanced' }, state)
  mkdirSync(image.at('usr/lib/systemd/system/multi-user.target.wants'), { recursive: true })
  symlinkSync(
    '/usr/lib/systemd/system/nvidia-mig-manager.service',
    image.at('usr/lib/systemd/system/multi-user.target.wants/nvidia-mig-manager.service'),
  )
  const status = await readMigService(options)
  expect(status).toMatchObject({
    enabled: true,
    dropIns: [`${unit}.d/override.conf`],
    choice: { choice: { config: 'all-balanced' } },
    files: [{ state: 'current' }, { state: 'current' }, { state: 'current' }],
  })
  expect(status.warnings.join('\n')).toContain('nvidia-mig-manager.service is enabled too')
  // Neither this node nor this package is in the image.
  expect(status.warnings.join('\n')).toContain(`${process.execPath} is not there`)
})

test('the choice of an image is found through links of the image, and through none into this machine', async () => {
  const image = createImage()
  const outside = createImage()
  const choice = { kind: 'generated', config: 'all-balanced' } as const
  await persistMigChoice(choice, { stateFolder: outside.at('states') })
  mkdirSync(image.at('var/lib'), { recursive: true })
  const link = image.at('var/lib/mig-nvml')
  symlinkSync(outside.at('states'), link)
  expect((await readMigService({ root: image.root })).choice).toBeNull()
  rmSync(link)
  mkdirSync(image.at('data'))
  await persistMigChoice(choice, { stateFolder: image.at('data/states') })
  symlinkSync('/data/states', link)
  expect((await readMigService({ root: image.root })).choice).toMatchObject({ choice })
})

test.each(['/data/mig states', '/data/"100%" of $HOME\\', '/data/states'])(
  'the status has the choice in %j, in which the installed service boots',
  async (stateFolder) => {
    const image = createImage()
    await installMigService({ root: image.root, stateFolder })
    mkdirSync(image.at('data'))
    const choice = { kind: 'generated', config: 'all-balanced' } as const
    await persistMigChoice(choice, { stateFolder: image.at(stateFolder) })
    expect((await readMigService({ root: image.root })).choice).toMatchObject({ choice })
    // What an option names counts more.
    const other = { root: image.root, stateFolder: '/data/other' }
    expect((await readMigService(other)).choice).toBeNull()
  },
)

test('the status names the variable that chooses in place of what was persisted', async () => {
  const image = createImage()
  const options = { root: image.root }
  await installMigService(options)
  expect(await readMigService(options)).toMatchObject({ override: null })
  image.put(environment, 'MIG_PARTED_SELECTED_CONFIG=all-balanced\n')
  expect(await readMigService(options)).toMatchObject({
    override: { variable: 'MIG_PARTED_SELECTED_CONFIG', file: environment },
  })
})

test.each([
  ['installMigService', installMigService],
  ['uninstallMigService', uninstallMigService],
  ['readMigService', readMigService],
])('%s refuses a root that is no folder', async (_, call) => {
  const image = createImage()
  image.put('file', '')
  for (const name of ['nowhere', 'file']) {
    const root = image.at(name)
    const error = await rejectionOf(call({ root }))
    expect(error).toMatchObject({
      code: 'MIG_SERVICE_FAILED',
      message: `the root ${root} is not a folder`,
    })
  }
})

test('a folder that another user may write to gets no unit', async () => {
  const image = createImage()
  mkdirSync(image.at('etc/systemd/system'), { recursive: true })
  chmodSync(image.at('etc/systemd/system'), 0o777)
  const error = await rejectionOf(installMigService({ root: image.root }))
  expect(error).toMatchObject({ code: 'MIG_SERVICE_FAILED' })
  expect(existsSync(image.at(unit))).toBe(false)
})
