import { atomicScopes, matchings, resetMethods } from '../../machine/operation/option-rules.js'
import type { OptionTable } from './verb.js'

const library = {
  type: 'string',
  value: 'PATH',
  help: 'the NVML library (default: $MIG_NVML_LIBRARY, else libnvidia-ml.so.1)',
} as const

const json = { type: 'boolean', help: 'print JSON instead of text' } as const

/** Which machine, and the form of the output. */
export const machineOptions: OptionTable = {
  library,
  simulate: {
    type: 'string',
    value: 'SPEC',
    help: "use a simulated machine, for example '8x A100-SXM4-40GB'; a file keeps it",
  },
  store: { type: 'string', value: 'FILE', help: 'the file that keeps the simulated machine' },
  driver: {
    type: 'string',
    value: 'VERSION',
    help: 'with --simulate: its driver, for example 580.65.06, or a branch such as R595',
  },
  'slow-after-ms': {
    type: 'string',
    value: 'N',
    help: 'report a driver call that takes longer than this many milliseconds (default 10000)',
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
    help: 'the configuration file, YAML or JSON; - is standard input',
  },
  'selected-config': {
    type: 'string',
    short: 'c',
    aliases: ['config'],
    env: 'MIG_PARTED_SELECTED_CONFIG',
    value: 'NAME',
    help: 'the configuration to use; not needed if the file has only one',
  },
  matching: {
    type: 'string',
    value: 'HOW',
    choices: matchings,
    fallback: 'strict',
    help: 'whether entries without effect or in conflict are refused or only warned of',
  },
}

/** What GPUs get, without a document: with words such as `3g.20gb=2` behind the command. */
export const gpuOption: OptionTable = {
  gpu: {
    type: 'string',
    many: true,
    value: 'GPU',
    help: 'without a file: the GPU that gets the profiles, by index, UUID or PCI address; several with commas or the option again; or all',
  },
}

export const addOption: OptionTable = {
  add: {
    type: 'boolean',
    help: 'with --gpu: beside the instances that are there, which all stay',
  },
}

export const modeOption: OptionTable = {
  'mode-only': {
    type: 'boolean',
    short: 'm',
    env: 'MIG_PARTED_MODE_CHANGE_ONLY',
    help: 'consider only MIG modes, not instances',
  },
}

/** What a plan depends on, besides the configuration. */
export const planOptions: OptionTable = {
  ...modeOption,
  'skip-reset': {
    type: 'boolean',
    short: 's',
    env: 'MIG_PARTED_SKIP_RESET',
    help: 'reset no GPU; a MIG mode that needs a reset stays pending',
  },
  evict: {
    type: 'boolean',
    help: 'destroy instances that processes use, if there is no other way',
  },
}

export const resetOptions: OptionTable = {
  reset: {
    type: 'string',
    value: 'METHOD',
    choices: resetMethods,
    help: 'how to reset a GPU that needs it',
  },
  'reset-timeout-ms': {
    type: 'string',
    value: 'N',
    help: 'kill nvidia-smi if a reset takes longer than this many milliseconds (default 300000)',
  },
}

/** Where the driver's files are. */
export const rootOption: OptionTable = {
  root: {
    type: 'string',
    value: 'DIR',
    help: 'the folder that has proc and dev (default: $MIG_NVML_ROOT, else /)',
  },
}

/** How an apply or a restore runs. */
export const runOptions: OptionTable = {
  'hooks-file': {
    type: 'string',
    short: 'k',
    env: 'MIG_PARTED_HOOKS_FILE',
    value: 'FILE',
    help: 'a file that names programs to run before and after the changes',
  },
  clients: {
    type: 'string',
    value: 'FILE',
    help: 'a file that names systemd units and containers to stop where they are in the way',
  },
  'dry-run': { type: 'boolean', help: 'show what would change, and change nothing' },
  atomic: {
    type: 'string',
    value: 'SCOPE',
    choices: atomicScopes,
    fallback: 'machine',
    help: 'what to undo after a failure',
  },
  ...resetOptions,
  cdi: {
    type: 'string',
    value: 'FILE',
    help: 'a CDI specification to write when the machine is as wanted, such as /var/run/cdi/nvidia.yaml',
  },
  ...rootOption,
}

/** Where a CDI specification has the files of the driver from. */
export const driverFilesOptions: OptionTable = {
  merge: {
    type: 'string',
    value: 'FILE',
    help: 'a specification of nvidia-ctk whose libraries, hooks and mounts are kept',
  },
  'driver-root': {
    type: 'string',
    value: 'DIR',
    help: 'add the libraries, programs and sockets of the driver that is installed there, such as /',
  },
}

export const svgOption: OptionTable = {
  svg: { type: 'string', value: 'FILE', help: 'also write a picture to this file' },
}

export const formats = ['yaml', 'json'] as const

export const formatOption: OptionTable = {
  'output-format': {
    type: 'string',
    short: 'o',
    env: 'MIG_PARTED_OUTPUT_FORMAT',
    value: 'FORMAT',
    choices: formats,
    fallback: 'yaml',
    help: 'the format of the output',
  },
}

export const checkpointOption: OptionTable = {
  'checkpoint-file': {
    type: 'string',
    short: 'f',
    aliases: ['file'],
    env: 'MIG_PARTED_CHECKPOINT_FILE',
    value: 'FILE',
    help: 'the checkpoint file; - is standard output or input',
  },
}
