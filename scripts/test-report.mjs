// Reads a JSON report of the test runner. Usage: test-report.mjs counts|failures REPORT
// `counts`: passed and failed, on one line; `failures`: each test that failed, with the start of its error.
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

const linesOfAnError = 12

export function readReport(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

export function countTests(report) {
  const { numPassedTests: passed, numFailedTests } = report
  return { passed, failed: numFailedTests + listUnloaded(report).length }
}

/** A file that cannot be loaded has no tests that could fail; it counts as one. */
function listUnloaded({ testResults }) {
  return testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  )
}

function tellFailures(report) {
  for (const { name, message } of listUnloaded(report)) tell(name, [], message)
  for (const { name, assertionResults } of report.testResults)
    for (const { status, ancestorTitles, title, failureMessages } of assertionResults)
      if (status === 'failed') tell(name, [...ancestorTitles, title], failureMessages.join('\n'))
}

function tell(file, titles, message) {
  const start = message.split('\n').slice(0, linesOfAnError)
  console.log([relative(process.cwd(), file), ...titles].join(' > '))
  console.log(start.map((line) => `    ${line}`).join('\n'))
}

if (process.argv[1] === import.meta.filename) {
  const [, , what, path] = process.argv
  const report = readReport(path)
  const { passed, failed } = countTests(report)
  if (what === 'counts') console.log(passed, failed)
  else if (what === 'failures') tellFailures(report)
  else throw new Error(`counts or failures, not ${what}`)
}
