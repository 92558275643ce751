import type { OptionTable } from './verb.js'

const library = {
  type: 'string',
  value: 'PATH',
  help: 'NVML library (default: $MIG_NVML_LIBRARY, else libnvidia-ml.so.1)',
} as const

const json = { type: 'boolean', help: 'print data instead of text' } as const

/** Which machine; and what it is told as. */
export const machineOptions: OptionTable = {
  library,
  simulate: {
    type: 'string',
    value: 'SPEC',
    help: "a simulated machine instead: '8x A100-SXM4-40GB'; kept in a file",
  },
  store: { type: 'string', value: 'FILE', help: 'the file that holds the simulated machine' },
  driver: {
    type: 'string',
    value: 'VERSION',
    help: 'with --simulate: its driver, 580.65.06 or a branch such as R595',
  },
  'slow-after-ms': {
    type: 'string',
    value: 'N',
    help: 'milliseconds after which a call to the driver that has not come back is reported (default 10000)',
  },
  json,
}

export const configOptions: OptionTable = {
  'config-file': {
    type: 'string',
    short: 'f',
    aliases: ['file'],
    env: 'MIG_PARTED_CONFIG_FILE',
    value: 'FILE',
    help: 'the configuration file (YAML or JSON); - reads standard input',
  },
  'selected-config': {
    type: 'string',
    short: 'c',
    aliases: ['config'],
    env: 'MIG_PARTED_SELECTED_CONFIG',
    value: 'NAME',
    help: 'which of its configurations; may be left out when it has one',
  },
  matching: {
    type: 'string',
    value: 'HOW',
    help: 'strict (default) or lenient: what cannot be meant is refused, or warned of',
  },
}

export const modeOption: OptionTable = {
  'mode-only': {
    type: 'boolean',
    short: 'm',
    env: 'MIG_PARTED_MODE_CHANGE_ONLY',
    help: 'MIG modes only, no instances',
  },
}

/** What decides on a plan, beside the configuration. */
export const planOptions: OptionTable = {
  ...modeOption,
  'skip-reset': {
    type: 'boolean',
    short: 's',
    env: 'MIG_PARTED_SKIP_RESET',
    help: 'a MIG mode that takes a reset of the GPU stays pending',
  },
  evict: { type: 'boolean', help: 'what processes use may go where there is no other way' },
}

/** How the driver is dealt with while the machine changes. */
export const resetOptions: OptionTable = {
  reset: {
    type: 'string',
    value: 'METHOD',
    help: 'nvidia-smi, sysfs or none: how a GPU is reset that needs it',
  },
  'reset-timeout-ms': {
    type: 'string',
    value: 'N',
    help: 'what nvidia-smi gets for a reset until it is killed (default 300000)',
  },
}

/** How it is brought about. */
export const runOptions: OptionTable = {
  'hooks-file': {
    type: 'string',
    short: 'k',
    env: 'MIG_PARTED_HOOKS_FILE',
    value: 'FILE',
    help: 'programs to run before and after',
  },
  'dry-run': { type: 'boolean', help: 'show what would be done, and touch nothing' },
  atomic: {
    type: 'string',
    value: 'SCOPE',
    help: 'what a failure undoes: machine (default), gpu or none',
  },
  ...resetOptions,
}

export const svgOption: OptionTable = {
  svg: { type: 'string', value: 'FILE', help: 'also write a picture there' },
}

export const formatOption: OptionTable = {
  'output-format': {
    type: 'string',
    short: 'o',
    env: 'MIG_PARTED_OUTPUT_FORMAT',
    value: 'FORMAT',
    help: 'yaml (default) or json',
  },
}

export const checkpointOption: OptionTable = {
  'checkpoint-file': {
    type: 'string',
    short: 'f',
    aliases: ['file'],
    env: 'MIG_PARTED_CHECKPOINT_FILE',
    value: 'FILE',
    help: 'the checkpoint; - is standard output or input',
  },
}
