import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { createSimulatedMachine } from '../../lib/simulator.js'
import { isSystemError } from '../../lib/system/system-error.js'
import { wantOnAll } from '../support/wanted.js'
import { runInProcess } from './run-in-process.js'

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-input-'))
const store = join(folder, 'store')
createSimulatedMachine('A100-SXM4-40GB +mig', { store }).close()

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const wanted = JSON.stringify(wantOnAll({ '7g.40gb': 1 }))
const config = join(folder, 'config.json')
writeFileSync(config, wanted)

function makeFifo(name: string): string {
  const path = join(folder, name)
  execFileSync('mkfifo', [path])
  return path
}

/** Opens the FIFO for writing as soon as the child reads it. */
async function untilRead(fifo: string, child: ChildProcess): Promise<number> {
  while (child.exitCode === null && child.signalCode === null) {
    try {
      return openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK)
    } catch (error) {
      if (!isSystemError(error, 'ENXIO')) throw error
    }
    await setImmediate()
  }
  throw new Error(`the command ended with ${child.exitCode ?? child.signalCode} and read nothing`)
}

function start(args: readonly string[]): {
  readonly child: ChildProcess
  /** `status`: the exit status, or the signal that ended it. */
  readonly ended: Promise<{ status: number | NodeJS.Signals; err: string }>
} {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  children.push(child)
  const ended = Promise.all([text(child.stderr as Readable), once(child, 'exit')]).then(
    ([err, [status, signal]]) => ({ status: (status ?? signal) as number | NodeJS.Signals, err }),
  )
  return { child, ended }
}

describe('a FIFO', () => {
  test.each([
    ['the configuration of a plan', (fifo: string) => ['plan', '-f', fifo]],
    ['the configuration of an apply', (fifo: string) => ['apply', '-f', fifo]],
    ['the configuration of an assert', (fifo: string) => ['assert', '-f', fifo]],
    ['the hooks of an apply', (fifo: string) => ['apply', '-f', config, '-k', fifo]],
    ['the checkpoint of a restore', (fifo: string) => ['restore', '-f', fifo]],
  ])('a command that waits for a FIFO as %s ends on SIGTERM', async (what, args) => {
    const fifo = makeFifo(what.replaceAll(' ', '-'))
    const { child, ended } = start([...args(fifo), '--store', store])
    const writer = await untilRead(fifo, child)
    child.kill('SIGTERM')
    expect(await ended).toEqual({
      status: 'SIGTERM',
      err: expect.stringContaining('ABORT_ERR: the operation was stopped (stopped by SIGTERM)'),
    })
    closeSync(writer)
  })

  test('a FIFO as the library of the driver is refused at once', async () => {
    const fifo = makeFifo('library.so')
    const { ended } = start(['status', '--library', fifo])
    expect(await ended).toEqual({
      status: 1,
      err: expect.stringContaining(
        `MIG_DRIVER_NOT_FOUND: no NVIDIA driver library: ${fifo}: not a regular file`,
      ),
    })
  })

  test('a configuration from a FIFO is waited for and read to its end', async () => {
    const fifo = makeFifo('written')
    const { child, ended } = start(['assert', '-a', '-f', fifo])
    const writer = await untilRead(fifo, child)
    writeSync(writer, wanted.slice(0, 20))
    await setImmediate()
    writeSync(writer, wanted.slice(20))
    closeSync(writer)
    expect(await ended).toEqual({ status: 0, err: '' })
  })
})

describe('input without an end', () => {
  test.each([
    ['configuration', ['plan', '-f', '/dev/zero']],
    ['configuration', ['apply', '-f', '/dev/urandom']],
    ['hooks document', ['apply', '-f', config, '-k', '/dev/zero']],
    ['checkpoint', ['restore', '-f', '/dev/zero']],
  ])(
    'a device without an end is refused as %s, and only part of it is read: %j',
    async (what, args) => {
      const { status, err } = await runInProcess([...args, '--store', store])
      expect(status).toBe(1)
      expect(err).toMatch(/^mig-nvml: MIG_(CONFIG|CHECKPOINT)_INVALID: The /)
      expect(err).toContain(what)
      expect(err).toContain('is longer than 1 MiB')
    },
  )

  test.each([
    ['assert', '-a', '-f', '-'],
    ['restore', '-f', '-'],
  ])('standard input without an end is refused: %s', async (...args) => {
    let chunks = 0
    const stdin = Readable.from(
      (function* endless() {
        for (;;) {
          chunks += 1
          yield Buffer.alloc(2 ** 16, ' ')
        }
      })(),
    )
    const { status, err } = await runInProcess(args, { stdin: () => stdin })
    expect({ status, err }).toEqual({
      status: 1,
      err: expect.stringContaining('on standard input is longer than 1 MiB'),
    })
    expect(chunks).toBeLessThan(100)
    expect(stdin.destroyed).toBe(true)
  })

  test.each([
    ['assert', '-a', '-f', '-'],
    ['restore', '-f', '-'],
  ])('a command that waits for standard input ends on a signal: %s', async (...args) => {
    const controller = new AbortController()
    const stdin = new PassThrough()
    const running = runInProcess(args, { stdin: () => stdin, signal: controller.signal })
    stdin.write('{')
    controller.abort(new Error('stopped by SIGTERM'))
    expect(await running).toMatchObject({ status: 1, err: expect.stringContaining('ABORT_ERR') })
    expect(stdin.destroyed).toBe(true)
  })
})

describe('the characters of a file', () => {
  const read = async (bytes: Buffer): Promise<{ status: number; err: string }> => {
    const file = join(folder, 'characters')
    writeFileSync(file, bytes)
    return runInProcess(['assert', '-a', '-f', file])
  }
  const withBom = `\ufeff# ümlaut 🙂\n${wanted}`

  test.each([
    ['UTF-8', Buffer.from(withBom.slice(1))],
    ['UTF-8 with a byte order mark', Buffer.from(withBom)],
    ['UTF-16, the lower byte first', Buffer.from(withBom, 'utf16le')],
    ['UTF-16, the upper byte first', Buffer.from(withBom, 'utf16le').swap16()],
  ])('a configuration may be encoded as %s', async (_, bytes) => {
    expect(await read(bytes)).toMatchObject({ status: 0, err: '' })
  })

  test.each([
    ['UTF-8', Buffer.from([0x61, 0xe9, 0x62])],
    ['UTF-16LE', Buffer.from([0xff, 0xfe, 0x00, 0xd8])],
    ['UTF-16BE', Buffer.from([0xfe, 0xff, 0xd8, 0x00])],
  ])('bytes that are not %s are an error, and none is replaced', async (encoding, bytes) => {
    const { status, err } = await read(bytes)
    expect(status).toBe(1)
    expect(err).toContain(
      `MIG_CONFIG_INVALID: The MIG configuration ${folder}/characters is not text in ${encoding}`,
    )
  })
})

describe('a device or a FIFO in the place of a file to write', () => {
  test.each([
    ['a checkpoint', (path: string) => ['checkpoint', '-f', path, '--store', store]],
    ['a configuration', (path: string) => ['generate-config', '-f', path, '--store', store]],
    ['a picture', (path: string) => ['status', '--svg', path, '--store', store]],
    [
      'a picture of an apply',
      (path: string) => ['apply', '-f', config, '--svg', path, '--store', store],
    ],
  ])(
    'a device or FIFO in the place of the output of %s is refused and stays',
    async (what, args) => {
      const fifo = makeFifo(`target-${what.replaceAll(' ', '-')}`)
      const { status, err } = await runInProcess(args(fifo))
      expect({ status, err }).toEqual({
        status: 1,
        err: expect.stringContaining(
          `cannot write ${fifo}: it is a device, a FIFO or a socket (EINVAL)`,
        ),
      })
      expect(statSync(fifo).isFIFO()).toBe(true)
      const { out } = await runInProcess(['export', '--store', store])
      expect(out).not.toContain('7g.40gb')
    },
  )
})
