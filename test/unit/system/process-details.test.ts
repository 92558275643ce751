import { expect, test } from 'vitest'
import { readProcessDetails } from '../../../lib/system/process-details.js'
import { fakeRoot, putProcess } from '../../support/root-tree.js'

test('what is shown of a process is bounded, however long a command line its user gives it', () => {
  const root = fakeRoot()
  putProcess(root, 10, { words: ['python3', 'x'.repeat(2 ** 21)] })
  const { command, commandLine } = readProcessDetails(root, 10)
  expect(command).toBe('python3')
  expect(commandLine).toMatch(/^python3 x+$/)
  expect(commandLine?.length).toBe(4096)
})
