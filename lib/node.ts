export type * from '../types/node/boot.js'
export type * from '../types/node/choice.js'
export type * from '../types/node/service.js'
export type * from '../types/node/units.js'
export { isMigError, MigError } from './errors.js'
export {
  bootMig,
  forgetMigChoice,
  installMigService,
  persistMigChoice,
  readMigChoice,
  readMigService,
  systemdUnits,
  uninstallMigService,
} from './node/index.js'
