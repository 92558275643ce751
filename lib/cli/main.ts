#!/usr/bin/env node
import { text } from 'node:stream/consumers'
import { runCli } from './run.js'

const abort = new AbortController()
// The first signal stops the work, and what an apply has done is undone; a second one ends the process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => abort.abort(new Error(`stopped by ${signal}`)))
}

process.exitCode = await runCli(process.argv.slice(2), {
  out: (line) => process.stdout.write(line),
  err: (line) => process.stderr.write(line),
  readStdin: () => text(process.stdin),
  color: process.stdout.isTTY === true && !process.env['NO_COLOR'],
  columns: process.stdout.columns ?? 100,
  signal: abort.signal,
})
