import type { ChangeServiceOptions } from '../../../types/node/service.js'
import {
  installMigService,
  readMigService,
  systemdUnits,
  uninstallMigService,
} from '../../node/index.js'
import { given, optionalNumber, textOf } from '../parse/option-values.js'
import { serviceOptions } from '../parse/service-options.js'
import {
  type ExitStatus,
  type OptionValues,
  type Terminal,
  UsageError,
  type Verb,
} from '../parse/verb.js'
import { printServiceReport, printServiceStatus } from '../print/service.js'

const help = {
  install: 'write the units and the environment file, and enable the service',
  uninstall: 'remove what install wrote and nobody has changed',
  status: 'show what is installed, what boots are to do, and how the last one ended',
  show: 'print the files, and write none',
}
const names = Object.keys(help)

export const serviceVerb: Verb = {
  usage: 'install | uninstall | status | show [--root DIR] [options]',
  options: serviceOptions,
  positionals: true,
  words: { title: 'Actions', names, help },
  async run(values, terminal, [action = '', surplus]) {
    if (surplus !== undefined && names.includes(action))
      throw new UsageError(`unexpected argument '${surplus}'`)
    return perform(action, values, terminal)
  },
}

async function perform(
  action: string,
  values: OptionValues,
  terminal: Terminal,
): Promise<ExitStatus> {
  const { force, ...options } = optionsFrom(values)
  const change = force === undefined ? options : { ...options, force }
  switch (action) {
    case 'install': {
      const report = await installMigService(change)
      show(report, values, terminal, (each) => printServiceReport(each, 'made', terminal))
      return 0
    }
    case 'uninstall': {
      const report = await uninstallMigService(change)
      show(report, values, terminal, (each) => printServiceReport(each, 'removed', terminal))
      return 0
    }
    case 'status': {
      const status = await readMigService(options)
      show(status, values, terminal, printServiceStatus)
      const unit = status.files.find(({ kind }) => kind === 'service')
      return status.enabled && unit !== undefined && !['missing', 'masked'].includes(unit.state)
        ? 0
        : 1
    }
    case 'show': {
      show(await systemdUnits(options), values, terminal, (files, { out }) => {
        for (const { path, text } of files) out(`# ${path}\n${text}\n`)
      })
      return 0
    }
    default: {
      const what = action === '' ? 'an action is missing' : `unknown action '${action}'`
      throw new UsageError(`${what}: there are ${names.join(', ')}`, { written: action, names })
    }
  }
}

function show<T>(
  value: T,
  values: OptionValues,
  terminal: Terminal,
  print: (value: T, terminal: Terminal) => void,
): void {
  if (values['json'] === true) terminal.out(`${JSON.stringify(value, null, 2)}\n`)
  else print(value, terminal)
}

function optionsFrom(values: OptionValues): ChangeServiceOptions {
  const before = textOf(values, 'before')
  return {
    ...given('root', textOf(values, 'root')),
    ...given('unitFolder', textOf(values, 'unit-dir')),
    ...given('environmentFile', textOf(values, 'environment-file')),
    ...given('stateFolder', textOf(values, 'state-dir')),
    ...given('nodePath', textOf(values, 'node')),
    ...given('packagePath', textOf(values, 'package')),
    ...given('timeoutSeconds', optionalNumber(values, 'time-limit', 1)),
    ...given(
      'before',
      before?.split(',').map((name) => name.trim()),
    ),
    ...given('force', values['force'] === true ? true : undefined),
  }
}
