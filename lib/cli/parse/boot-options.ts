import {
  configOptions,
  machineOptions,
  modeOption,
  resetOptions,
  rootOption,
  runOptions,
} from './options.js'
import type { OptionSpec, OptionTable } from './verb.js'

export const stateOption: OptionTable = {
  'state-dir': {
    type: 'string',
    value: 'DIR',
    env: 'MIG_NVML_STATE_DIR',
    help: 'the folder with what was chosen for boots (default: /var/lib/mig-nvml)',
  },
}

export const persistOptions: OptionTable = {
  persist: {
    type: 'boolean',
    help: 'when it has succeeded, bring it back at each boot of the machine',
  },
  ...stateOption,
}

export const reboots = ['never', 'once'] as const

export const bootOptions: OptionTable = {
  ...configOptions,
  'config-file': {
    ...(configOptions['config-file'] as OptionSpec),
    help: 'the configuration file, YAML or JSON',
  },
  'selected-config': {
    ...(configOptions['selected-config'] as OptionSpec),
    help: 'the configuration to use; without -f one that generate-config prints; without both, what was persisted',
  },
  'checkpoint-file': {
    type: 'string',
    env: 'MIG_NVML_BOOT_CHECKPOINT',
    value: 'FILE',
    help: 'a checkpoint to bring back, in place of a configuration',
  },
  ...modeOption,
  wait: {
    type: 'string',
    env: 'MIG_NVML_BOOT_WAIT',
    value: 'SECONDS',
    help: 'how long to wait for the driver (default 120)',
  },
  reboot: {
    type: 'string',
    env: 'MIG_NVML_BOOT_REBOOT',
    value: 'HOW',
    choices: reboots,
    fallback: 'never',
    help: 'whether to reboot the machine for a MIG mode that nothing else sets',
  },
  ...stateOption,
  'hooks-file': runOptions['hooks-file'] as OptionSpec,
  clients: { ...(runOptions['clients'] as OptionSpec), env: 'MIG_NVML_BOOT_CLIENTS' },
  ...resetOptions,
  cdi: { ...(runOptions['cdi'] as OptionSpec), env: 'MIG_NVML_BOOT_CDI' },
  'driver-root': {
    type: 'string',
    env: 'MIG_NVML_BOOT_DRIVER_ROOT',
    value: 'DIR',
    help: 'with --cdi: add the libraries of the driver that is installed there, such as /',
  },
  ...rootOption,
  ...machineOptions,
}
