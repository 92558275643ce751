/**
 * What a hostile user does without end, as a program for `startAsOther`: in the folders that it may write to it
 * makes, replaces, links, fills and locks whatever root may be about to use. Words: the addon, a seed, a file of
 * root that it may not read, then the paths to attack. It writes a dot for every hundred attacks.
 */
export const hostileUser = `
const fs = require('node:fs')
const { dirname, basename, join } = require('node:path')
const { spawnSync } = require('node:child_process')
const [addonPath, seed, secret, ...paths] = args
const addon = require(addonPath)
let state = Number(seed)
const random = (below) => {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
  return (state >>> 8) % below
}
const pick = (list) => list[random(list.length)]
const lie = JSON.stringify({
  format: 'mig-nvml journal', version: 1, bootId: null, pid: 1, command: 'a lie', startedAt: '',
  apply: { id: 'x', atomic: 'machine', gpus: [] }, config: 'lie', gpu: 'GPU-0',
  before: { migEnabled: true, gpuInstances: [] }, found: { migEnabled: true, gpuInstances: [] },
  target: { migEnabled: true, gpuInstances: [] },
})
const list = JSON.stringify([{ path: '/../../precious/secret' }, { path: '/dev/secret' }])
const held = []
const { O_CREAT, O_NONBLOCK, O_WRONLY } = fs.constants
// A named pipe would keep this user waiting, too.
const write = (path, text) => {
  const file = fs.openSync(path, O_WRONLY | O_CREAT | O_NONBLOCK, 0o666)
  try { fs.writeSync(file, text) } finally { fs.closeSync(file) }
}
const attacks = [
  (path) => write(path, pick(['', '1 nobody\\nGPU 0 was undone', lie, list])),
  (path) => fs.symlinkSync(secret, path),
  (path) => fs.symlinkSync(dirname(secret), path),
  (path) => fs.linkSync(secret, path),
  (path) => fs.linkSync(pick(paths), path),
  (path) => fs.mkdirSync(join(path, 'something'), { recursive: true }),
  (path) => spawnSync('mkfifo', [path]),
  (path) => fs.rmSync(path, { recursive: true, force: true }),
  (path) => fs.renameSync(path, path + '.away'),
  (path) => fs.renameSync(path + '.away', path),
  (path) => fs.renameSync(dirname(path), dirname(path) + '.away'),
  (path) => fs.chmodSync(path, 0o666),
  (path) => fs.truncateSync(path, 140 * 2 ** 20),
  (path) => {
    const attempt = addon.tryLock(path, '1 nobody')
    if (attempt.ok && attempt.value !== null) held.push(attempt.value)
    if (held.length > 20) addon.releaseLock(held.shift())
  },
  (path) => {
    for (let n = 0; n < 50; n++)
      write(join(dirname(path), basename(path) + '.GPU-' + random(1e6) + '.journal'), lie)
  },
]
const pause = new Int32Array(new SharedArrayBuffer(4))
for (let n = 0; ; n++) {
  try { pick(attacks)(pick(paths)) } catch {}
  if (n % 100 === 99) process.stdout.write('.')
  // The other processes are to have their turns as well.
  if (n % 5 === 0) Atomics.wait(pause, 0, 0, 1)
}
`
