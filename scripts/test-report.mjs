// Reads a JSON report of the test runner. Usage: test-report.mjs counts|failures REPORT
// `counts`: passed and failed, on one line; `failures`: each test that failed, with the start and the end of its error.
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

const linesAtTheStart = 60
const linesAtTheEnd = 40

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
  const lines = message.split('\n')
  const left = lines.length - linesAtTheStart - linesAtTheEnd
  if (left > 0) lines.splice(linesAtTheStart, left, `… ${left} lines …`)
  console.log([relative(process.cwd(), file), ...titles].join(' > '))
  console.log(lines.map((line) => `    ${line}`).join('\n'))
}

if (process.argv[1] === import.meta.filename) {
  const [, , what, path] = process.argv
  const report = readReport(path)
  const { passed, failed } = countTests(report)
  if (what === 'counts') console.log(passed, failed)
  else if (what === 'failures') tellFailures(report)
  else throw new Error(`counts or failures, not ${what}`)
}
