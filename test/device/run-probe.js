import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './arguments.js'

/** Builds test/device/probe. Null, or why it cannot be built. */
export function buildProbe(path, compiler = process.env.CXX || 'c++') {
  const folder = join(root, 'test/device/probe')
  const sources = readdirSync(folder)
    .filter((name) => name.endsWith('.cc'))
    .map((name) => join(folder, name))
  const options = ['-std=c++20', '-O1', '-fno-exceptions', '-fno-rtti', `-I${join(root, 'native')}`]
  const built = spawnSync(
    compiler,
    // Without the C++ library it also runs on machines that have none.
    [...options, ...sources, '-Wl,--as-needed', '-ldl', '-o', path],
    { encoding: 'utf8' },
  )
  if (built.error) return `${compiler}: ${built.error.code}`
  return built.status === 0 ? null : `${compiler}: ${built.stderr.trim().slice(0, 2000)}`
}

/**
 * What the probe had to say, as records (see probe/call.h), and how it ended: `complete`, `not-built`,
 * or `cut-short` when the library took it down, hung, or could not be loaded. `problem` says why.
 */
export function runProbe({ library, probe, timeoutMs }) {
  if (probe !== undefined) return runProgram(probe, library, timeoutMs)
  const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-probe-'))
  try {
    const path = join(folder, 'probe')
    const problem = buildProbe(path)
    if (problem !== null) return { result: 'not-built', problem, records: [] }
    return runProgram(path, library, timeoutMs)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function runProgram(path, library, timeoutMs) {
  const { error, status, signal, stdout, stderr } = spawnSync(path, [library], {
    encoding: 'utf8',
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: 2 ** 28,
  })
  if (error && error.code !== 'ETIMEDOUT') {
    return { result: 'not-built', problem: `${path}: ${error.code}`, records: [] }
  }
  const { records, unfinished } = parseRecords(stdout)
  if (status === 0) return { result: 'complete', problem: null, records }
  const end = signal === null ? `status ${status}` : signal
  const problem = [
    error ? 'did not answer in time' : `ended with ${end}`,
    unfinished,
    stderr.trim(),
  ]
  return { result: 'cut-short', problem: problem.filter(Boolean).join('; '), records }
}

/** A line that is not a record is the library's own output, or the call that it did not survive. */
function parseRecords(output) {
  const lines = output.split('\n').filter((line) => line.startsWith('{"kind":'))
  const unfinished = lines.at(-1)?.endsWith('}') === false ? lines.pop() : undefined
  return { records: lines.map((line) => JSON.parse(line)), unfinished }
}
