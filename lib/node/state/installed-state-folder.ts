import { readIfThere } from '../../system/read-if-there.js'
import { stateFolderIn } from '../units/installed-with.js'
import { defaultUnitFolder, serviceName, vendorUnitFolder } from '../units/units.js'

const longest = 2 ** 16

/** In which folder of states the installed service of this machine boots. Null: none is installed, or it is not known. */
export function installedStateFolder(
  unitFolders: readonly string[] = [defaultUnitFolder, vendorUnitFolder],
): string | null {
  try {
    for (const folder of unitFolders) {
      const text = readIfThere(`${folder}/${serviceName}`, longest)
      if (text !== null) return stateFolderIn(text)
    }
  } catch {
    // A unit that this user cannot read says nothing.
  }
  return null
}
