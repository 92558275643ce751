// Where figures are from: the machine, and the versions of what was measured.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { withPeers } from '../peers/peers.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

export function describeHost() {
  return {
    cpu: cpus()[0]?.model.trim(),
    cores: cpus().length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    os: `${osName()}, ${process.platform} ${release()}, ${process.arch}`,
    node: process.version,
  }
}

/** Null: it is not there. */
export function readVersions() {
  return withPeers(['nvidia-mig-parted', 'nvidia-ml-py'], ({ paths }) => {
    const parted = paths['nvidia-mig-parted']
    const python = paths['nvidia-ml-py']
    const inPython = (program) => python && firstLine(python, ['-c', program])
    return {
      'mig-nvml': packageVersion('package.json'),
      revision: readRevision(),
      'mig-parted': parted && firstLine('go', ['version', '-m', parted], /\tmod\t\S+\t(\S+)/),
      'nvidia-ml-py': inPython('import importlib.metadata as m; print(m.version("nvidia-ml-py"))'),
      python: inPython('import platform; print(platform.python_version())'),
      highs: packageVersion('node_modules/highs/package.json'),
      compiler: firstLine('c++', ['--version']),
    }
  })
}

function packageVersion(file) {
  try {
    return JSON.parse(readFileSync(`${root}${file}`, 'utf8')).version
  } catch {
    return null
  }
}

function readRevision() {
  const revision = firstLine('git', ['rev-parse', '--short', 'HEAD'])
  const changed = spawnSync('git', ['status', '--porcelain'], { cwd: root, encoding: 'utf8' })
  return revision && changed.stdout !== '' ? `${revision} with changes` : revision
}

function osName() {
  try {
    return /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? null
  } catch {
    return null
  }
}

function firstLine(program, args, pattern = /^(.+)/) {
  const { status, stdout } = spawnSync(program, args, { cwd: root, encoding: 'utf8' })
  return status === 0 ? (pattern.exec(stdout)?.[1] ?? null) : null
}
