import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('read-driver.js', import.meta.url))

/**
 * What mig-nvml reads of the driver: `{ kind: 'reading', reading }`, or `{ kind: 'failure', code, ret,
 * message }`, also where the library takes its process down or never answers.
 */
export function runReading(library, timeoutMs) {
  return new Promise((resolve) => {
    // The standard output is for the document alone.
    const child = fork(program, [library], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    let result
    let lastCall = 'nothing'
    let errorOutput = ''
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, timeoutMs)
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errorOutput += text
    })
    child.on('message', (message) => {
      if (message.kind === 'call') lastCall = `${message.name}(${message.args.join(', ')})`
      else result = message
    })
    child.on('close', (status, signal) => {
      clearTimeout(timer)
      const end = describeEnd({ late, status, signal })
      result ??= failure(`the library ${end}; the last call was ${lastCall}`)
      resolve(result.kind === 'failure' ? withErrorOutput(result, errorOutput) : result)
    })
  })
}

function describeEnd({ late, status, signal }) {
  if (late) return 'did not answer in time'
  return signal === null ? `ended the process with status ${status}` : `crashed it with ${signal}`
}

function failure(message) {
  return { kind: 'failure', code: 'BROKEN', ret: null, message }
}

/** Libraries say there what no return code can. */
function withErrorOutput(result, errorOutput) {
  const said = errorOutput.trim()
  return said === '' ? result : { ...result, message: `${result.message}: ${said}` }
}
