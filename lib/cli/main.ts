#!/usr/bin/env node
import { text } from 'node:stream/consumers'
import { runCli } from './run.js'

const abort = new AbortController()
const unread = new AbortController()
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

// The first signal stops the work, and what an apply has done is undone; any second one ends the
// process at once.
function stop(signal: NodeJS.Signals): void {
  for (const each of signals) process.removeListener(each, stop)
  abort.abort(new Error(`stopped by ${signal}`))
}
for (const signal of signals) process.on(signal, stop)

// A reader that goes away, such as `head`, must not cut an apply in two: it goes on unheard.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error
    if (stream === process.stdout) unread.abort()
  })
}

const dumb = process.env['TERM'] === 'dumb'

process.exitCode = await runCli(process.argv.slice(2), {
  out: (line) => process.stdout.write(line),
  err: (line) => process.stderr.write(line),
  readStdin: () => text(process.stdin),
  color: process.stdout.isTTY === true && !process.env['NO_COLOR'] && !dumb,
  // A terminal that does not tell its size has 0.
  columns: process.stdout.columns || process.stderr.columns || 100,
  live: process.stderr.isTTY === true && !dumb,
  env: process.env,
  signal: abort.signal,
  unread: unread.signal,
})
