#!/usr/bin/env node
import { keepCompiledCode } from './compile-cache.js'
import { showsUnicode } from './print/terminal.js'

keepCompiledCode()

const abort = new AbortController()
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

// The first signal stops the work, and an apply undoes what it has done. A second signal ends the process at
// once.
let stoppedBy: NodeJS.Signals | null = null
function stop(signal: NodeJS.Signals): void {
  stoppedBy = signal
  for (const each of signals) process.removeListener(each, stop)
  abort.abort(new Error(`stopped by ${signal}`))
}
for (const signal of signals) process.on(signal, stop)

let isUnwritten = false

// A reader that goes away, such as `head`, must not interrupt an apply. It continues without output.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED' || isUnwritten) return
    // For example, a full disk.
    isUnwritten = true
    process.exitCode = 1
    if (stream === process.stdout)
      process.stderr.write(`mig-nvml: standard output cannot be written: ${error.message}\n`)
  })
}

const dumb = process.env['TERM'] === 'dumb'

// After the cache is there, which only serves files that are loaded later.
const { runCli } = await import('./run.js')
const status = await runCli(process.argv.slice(2), {
  out: (line) => process.stdout.write(line),
  err: (line) => process.stderr.write(line),
  stdin: () => process.stdin,
  color: process.stdout.isTTY === true && !process.env['NO_COLOR'] && !dumb,
  unicode: showsUnicode(process.env),
  // A terminal of unknown size reports 0.
  columns: process.stderr.columns || 80,
  textColumns: process.stdout.columns || 80,
  live: process.stderr.isTTY === true && !dumb,
  env: process.env,
  signal: abort.signal,
  // Only a watch asks, and the addon takes its time to load.
  hasReader: async () => {
    const { hasReader } = await import('../driver/addon/native.js')
    return process.stdout.writable && hasReader(process.stdout.fd)
  },
})
// The change stands, but part of the output is lost.
const exitCode = isUnwritten && status === 0 ? 1 : status
process.exitCode = exitCode

if (stoppedBy !== null || status === 124 || status === 69) {
  // Output is flushed first.
  for (const stream of [process.stdout, process.stderr])
    await new Promise((resolve) => stream.write('', resolve))
  // A shell loop continues after a command that exits by itself, so a command that a signal stopped ends by
  // that signal.
  if (stoppedBy !== null && status !== 0) process.kill(process.pid, stoppedBy)
  // A driver call that was given up, as after the wait of a boot (69), may still run, and the process would wait for it.
  else (await import('../driver/addon/native.js')).endProcess(exitCode)
}
