#!/usr/bin/env node
// kubectl finds this program by its name, and runs it for `kubectl mig`.
process.argv.splice(2, 0, 'nodes')
await import('./main.js')
