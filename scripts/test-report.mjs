// Reads a JSON report of the test runner. Usage: test-report.mjs counts|failures REPORT
// `counts`: passed and failed, on one line; `failures`: each test that failed, with the start of its error.
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

const [, , what, path] = process.argv
const report = JSON.parse(readFileSync(path, 'utf8'))
// A file that cannot be loaded has no tests that could fail; it counts as one.
const unloaded = report.testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
)
const linesOfAnError = 12

if (what === 'counts') console.log(report.numPassedTests, report.numFailedTests + unloaded.length)
else if (what === 'failures') {
  for (const { name, message } of unloaded) tell(name, [], message)
  for (const { name, assertionResults } of report.testResults)
    for (const { status, ancestorTitles, title, failureMessages } of assertionResults)
      if (status === 'failed') tell(name, [...ancestorTitles, title], failureMessages.join('\n'))
} else throw new Error(`counts or failures, not ${what}`)

function tell(file, titles, message) {
  const start = message.split('\n').slice(0, linesOfAnError)
  console.log([relative(process.cwd(), file), ...titles].join(' > '))
  console.log(start.map((line) => `    ${line}`).join('\n'))
}
