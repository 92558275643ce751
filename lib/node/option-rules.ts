import type { BootOptions } from '../../types/node/boot.js'
import type { ChoiceOptions } from '../../types/node/choice.js'
import type { ChangeServiceOptions, ServiceOptions } from '../../types/node/service.js'
import type { UnitOptions } from '../../types/node/units.js'
import { changeRules, runRules } from '../machine/operation/option-rules.js'
import type { Rule, RulesOf } from '../model/checks/find-fault.js'
import {
  anything,
  callback,
  either,
  flag,
  listOf,
  nonEmpty,
  objectOf,
  oneOf,
  path,
  wholeFrom,
} from '../model/checks/kinds.js'

const unitRules: RulesOf<UnitOptions> = {
  nodePath: path,
  packagePath: path,
  environmentFile: path,
  stateFolder: path,
  timeoutSeconds: wholeFrom(1, 86_400),
  before: listOf(nonEmpty),
}
const serviceRules: RulesOf<ServiceOptions> = { ...unitRules, root: path, unitFolder: path }
const changeServiceRules: RulesOf<ChangeServiceOptions> = { ...serviceRules, force: flag }
const choiceRules: RulesOf<ChoiceOptions> = { stateFolder: path }

const bootRules: RulesOf<BootOptions> = {
  ...changeRules,
  stateFolder: path,
  hooks: runRules.hooks,
  clients: runRules.clients,
  hookEnvs: runRules.hookEnvs,
  cdi: runRules.cdi,
  choice: { ...anything, allowed: 'a choice or a function' },
  modeOnly: flag,
  waitMs: wholeFrom(0, 2 ** 31 - 1),
  reboot: either(oneOf('never', 'once'), callback),
  onPhase: callback,
}

type Checked =
  | 'bootMig'
  | 'persistMigChoice'
  | 'readMigChoice'
  | 'forgetMigChoice'
  | 'systemdUnits'
  | 'installMigService'
  | 'uninstallMigService'
  | 'readMigService'

export const optionRules: Readonly<Record<Checked, Rule>> = {
  bootMig: objectOf(bootRules),
  persistMigChoice: objectOf(choiceRules),
  readMigChoice: objectOf(choiceRules),
  forgetMigChoice: objectOf(choiceRules),
  systemdUnits: objectOf(serviceRules),
  installMigService: objectOf(changeServiceRules),
  uninstallMigService: objectOf(changeServiceRules),
  readMigService: objectOf(serviceRules),
}
