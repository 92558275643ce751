import { expect, test } from 'vitest'
import { runInProcess } from './run-in-process.js'

test.each<[readonly string[], readonly string[]]>([
  [['aply'], ["mig-nvml: unknown command 'aply'", 'did you mean apply?', 'see mig-nvml help']],
  [['frobnicate'], ["mig-nvml: unknown command 'frobnicate'", 'see mig-nvml help']],
  [
    ['help', 'staus'],
    ["mig-nvml: unknown command 'staus'", 'did you mean status?', 'see mig-nvml help'],
  ],
  [
    ['apply', '--dryrun'],
    [
      "mig-nvml apply: unknown option '--dryrun'",
      'did you mean --dry-run?',
      'see mig-nvml help apply',
    ],
  ],
  [
    ['apply', '--fil=x'],
    ["mig-nvml apply: unknown option '--fil'", 'did you mean --file?', 'see mig-nvml help apply'],
  ],
  [
    ['simulator', 'creat'],
    [
      expect.stringMatching(/^mig-nvml simulator: unknown action 'creat': there are models, /),
      'did you mean create?',
      'see mig-nvml help simulator',
    ],
  ],
  [
    ['recover', '--direction', 'undoo', '--simulate', 'T4'],
    [
      "mig-nvml recover: --direction takes undo, finish, not 'undoo'",
      'did you mean undo?',
      'see mig-nvml help recover',
    ],
  ],
  [
    ['status', '-x'],
    ["mig-nvml status: unknown option '-x'", 'see mig-nvml help status'],
  ],
  [
    ['status', 'x'],
    ["mig-nvml status: unexpected argument 'x'", 'see mig-nvml help status'],
  ],
  [
    ['plan', '--file'],
    ['mig-nvml plan: --file needs a value', 'see mig-nvml help plan'],
  ],
  [
    ['plan', '-f', '-c'],
    [
      'mig-nvml plan: -f needs a value; one that begins with - is written --OPTION=VALUE',
      'see mig-nvml help plan',
    ],
  ],
  [
    ['plan'],
    [
      'mig-nvml plan: -f FILE is missing: the configuration file; or --gpu GPU with profiles such as 3g.20gb=2',
      'see mig-nvml help plan',
    ],
  ],
])('the wrong command line %j gets two or three lines and no help', async (args, lines) => {
  const { status, out, err } = await runInProcess(args)
  expect({ status, out }).toEqual({ status: 2, out: '' })
  expect(err.trimEnd().split('\n')).toEqual(lines)
})

test('an unknown option with --json has what was probably meant as its hint', async () => {
  const { out, err } = await runInProcess(['status', '--json', '--svgg'])
  expect(JSON.parse(out)).toEqual({
    error: {
      name: 'UsageError',
      message: "unknown option '--svgg'",
      hint: 'did you mean --svg?',
    },
  })
  expect(err).toBe(
    "mig-nvml status: unknown option '--svgg' (did you mean --svg?); see mig-nvml help status\n",
  )
})

test.each([
  ['A100-SXM4-4GB', 'did you mean A100-SXM4-40GB?'],
  ['T44', 'did you mean T4?'],
  ['Radeon', 'the most similar models are '],
])('the unknown model %s of a simulated GPU gets a hint', async (model, hint) => {
  const { status, err } = await runInProcess(['simulator', 'describe', '--simulate', model])
  expect(status).toBe(1)
  expect(err).toContain(
    `mig-nvml: MIG_SIMULATOR_INVALID: unknown GPU model "${model}"\nhint: ${hint}`,
  )
})

test.each([
  ['--jsn', []],
  ['--verison', ['did you mean --version?']],
])('the option %s before the command is called an option', async (option, hint) => {
  const { status, out, err } = await runInProcess([option, 'status'])
  expect({ status, out }).toEqual({ status: 2, out: '' })
  const lines = [
    `mig-nvml: unknown option '${option}' before the command`,
    ...hint,
    'see mig-nvml help',
  ]
  expect(err).toBe(`${lines.join('\n')}\n`)
})

test('simulator fail names the options that are missing', async () => {
  const args = ['simulator', 'fail', '--fn', 'nvmlGpuInstanceDestroy', '--simulate', 'T4']
  const { status, err } = await runInProcess(args)
  expect(status).toBe(2)
  expect(err).toContain('mig-nvml simulator: fail needs --error CODE or --hang-ms N\n')
})
