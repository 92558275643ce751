import { stateOption } from './boot-options.js'
import type { OptionTable } from './verb.js'

export const serviceOptions: OptionTable = {
  root: {
    type: 'string',
    value: 'DIR',
    help: 'the folder of an image, in which all other paths are meant (default: /)',
  },
  'unit-dir': {
    type: 'string',
    value: 'DIR',
    help: 'the folder of the units (default: /etc/systemd/system)',
  },
  'environment-file': {
    type: 'string',
    value: 'FILE',
    help: 'the file with the variables of the service (default: /etc/mig-nvml/boot.env)',
  },
  ...stateOption,
  node: { type: 'string', value: 'PATH', help: 'the program node (default: the one that runs)' },
  package: {
    type: 'string',
    value: 'DIR',
    help: 'the folder of this package (default: the one that runs)',
  },
  'time-limit': {
    type: 'string',
    value: 'SECONDS',
    help: 'how long a boot may take (default 540)',
  },
  before: {
    type: 'string',
    many: true,
    value: 'UNIT',
    help: 'a unit that starts only after the boot, such as kubelet.service; several with commas',
  },
  force: {
    type: 'boolean',
    help: 'also replace or remove what was changed by hand; what is replaced stays beside it as .old',
  },
  json: { type: 'boolean', help: 'print JSON instead of text' },
}
