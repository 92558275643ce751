import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createSimulatedMachine } from '../../lib/simulator.js'
import { wantOnAll } from '../support/wanted.js'
import { runInProcess } from './run-in-process.js'

const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-file-errors-'))
const store = join(folder, 'store')
createSimulatedMachine('A100-SXM4-40GB +mig', { store }).close()
const config = join(folder, 'config.json')
writeFileSync(config, JSON.stringify(wantOnAll({ '7g.40gb': 1 })))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const places = [
  ['folder', folder, 'it is a folder (EISDIR)'],
  ['missing', join(folder, 'none'), 'there is no such file or folder (ENOENT)'],
  ['below-file', join(config, 'x'), 'a part of its path is not a folder (ENOTDIR)'],
] as const

describe('a file to read', () => {
  const readers = [
    ['the MIG configuration', (path: string) => ['plan', '-f', path]],
    ['the MIG configuration', (path: string) => ['apply', '-f', path]],
    ['the MIG configuration', (path: string) => ['assert', '-a', '-f', path]],
    ['the hooks document', (path: string) => ['apply', '-f', config, '-k', path]],
    ['the checkpoint', (path: string) => ['restore', '-f', path]],
  ] as const
  const cases = readers.flatMap(([what, args]) =>
    places.map(([place, path, reason]) => ({ what, args: args(path), place, path, reason })),
  )

  test.each(cases)(
    '$args.0: $what that is $place cannot be read, and the error says why and where',
    async ({ what, args, path, reason }) => {
      const { status, err } = await runInProcess([...args, '--store', store])
      expect({ status, err }).toEqual({
        status: 1,
        err: `mig-nvml: cannot read ${what} ${path}: ${reason}\n`,
      })
    },
  )

  test('an unreadable file with --json keeps its code and its path', async () => {
    const args = ['plan', '--json', '-f', folder, '--store', store]
    expect(JSON.parse((await runInProcess(args)).out)).toMatchObject({
      error: { code: 'EISDIR', path: folder, syscall: 'read' },
    })
  })
})

describe('a file to write', () => {
  const writers = [
    (path: string) => ['checkpoint', '-f', path],
    (path: string) => ['generate-config', '-f', path],
    (path: string) => ['status', '--svg', path],
    (path: string) => ['plan', '-f', config, '--svg', path],
  ] as const

  test.each(writers)('a file in a missing folder cannot be written: command %#', async (args) => {
    const path = join(folder, 'none/x')
    const { status, err } = await runInProcess([...args(path), '--store', store])
    const where = `${path} in ${join(folder, 'none')}`
    expect({ status, err }).toEqual({
      status: 1,
      err: `mig-nvml: cannot write ${where}: there is no such file or folder (ENOENT)\n`,
    })
  })

  test.each(writers)('a folder cannot be written as a file: command %#', async (args) => {
    const path = join(folder, 'taken')
    mkdirSync(path, { recursive: true })
    const { status, err } = await runInProcess([...args(path), '--store', store])
    expect({ status, err }).toEqual({
      status: 1,
      err: `mig-nvml: cannot write ${path}: it is a folder (EISDIR)\n`,
    })
  })

  test('the current folder cannot be written as a file, and the error says so', async () => {
    const { status, err } = await runInProcess(['checkpoint', '-f', '.', '--store', store])
    expect({ status, err }).toEqual({
      status: 1,
      err: 'mig-nvml: cannot write .: it is a folder (EISDIR)\n',
    })
  })

  test('a picture that would replace a folder is refused before an apply changes anything', async () => {
    const machine = join(folder, 'machine')
    using simulated = createSimulatedMachine('A100-SXM4-40GB +mig', { store: machine })
    const args = ['apply', '-f', config, '--svg', folder, '--store', machine]
    const { status, out, err } = await runInProcess(args)
    expect({ status, out, err }).toEqual({
      status: 1,
      out: '',
      err: `mig-nvml: cannot write ${folder}: it is a folder (EISDIR)\n`,
    })
    expect(simulated.journal()).toEqual([])
  })

  test('a file that cannot be written with --json keeps its code and its path', async () => {
    const path = join(folder, 'none/x')
    const args = ['checkpoint', '--json', '-f', path, '--store', store]
    expect(JSON.parse((await runInProcess(args)).out)).toMatchObject({
      error: { code: 'ENOENT', path },
    })
  })
})
