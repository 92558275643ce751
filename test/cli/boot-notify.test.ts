import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createHost } from './boot-host.js'

const hasPython = spawnSync('python3', ['--version']).status === 0

describe.runIf(hasPython)('what a boot reports to systemd', () => {
  const reader = `import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1].replace('@', '\\0'))
print('bound', flush=True)
while True:
    text = s.recv(65536).decode()
    print(text, end='', flush=True)
    if 'READY=1' in text or 'failed' in text: break
`

  test.each([
    ['a socket of the file system', (folder: string) => join(folder, 'notify')],
    ['an abstract socket', () => `@mig-nvml-test-${process.pid}`],
  ])('each phase is reported at %s, and that it is ready', async (_, addressOf) => {
    const host = createHost('A100-SXM4-40GB')
    const address = addressOf(host.folder)
    const listener = spawn('python3', ['-c', reader, address])
    onTestFinished(() => void listener.kill())
    let text = ''
    listener.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    const closed = once(listener, 'close')
    await once(listener.stdout, 'data')
    await host.runWith({ NOTIFY_SOCKET: address }, 'boot', '-f', 'FOLDER/halves.json')
    await closed
    expect(text).toBe(
      'bound\nSTATUS=applying: configuration "halves"\nSTATUS=the machine is as chosen: configuration "halves"\nREADY=1\n',
    )
  })

  test('a manager that does not listen keeps no boot from its work', async () => {
    const host = createHost('A100-SXM4-40GB')
    for (const address of ['/nowhere', '@nobody', 'vsock:2:1234', 'x', `/${'a'.repeat(200)}`]) {
      const boot = await host.runWith({ NOTIFY_SOCKET: address }, 'boot', '-c', 'all-balanced')
      expect(boot.status).toBe(0)
    }
  })
})
