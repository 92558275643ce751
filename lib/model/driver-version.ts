/** `580.65.06` as numbers; what is missing counts as 0. */
function numbersOf(version: string): readonly number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10) || 0)
}

/** Whether a driver is at least as new as another: `isDriverSince('535.104.05', '525.53')`. */
function isDriverSince(driver: string, first: string): boolean {
  const have = numbersOf(driver)
  for (const [index, number] of numbersOf(first).entries()) {
    const difference = (have[index] ?? 0) - number
    if (difference !== 0) return difference > 0
  }
  return true
}

/** GPU instance profile indexes below `count` are known from that driver on. Source: NVML headers by driver. */
const knownProfiles: readonly { readonly first: string; readonly count: number }[] = [
  { first: '450.51', count: 5 },
  { first: '455.23', count: 6 },
  { first: '460.32', count: 7 },
  { first: '470.42', count: 8 },
  { first: '525.53', count: 10 },
  { first: '570.86', count: 13 },
  { first: '570.169', count: 17 },
  { first: '595.58', count: 18 },
]

/** How many GPU instance profile indexes a driver knows; the GPU may have fewer. */
export function countKnownProfiles(driver: string): number {
  return knownProfiles.findLast(({ first }) => isDriverSince(driver, first))?.count ?? 0
}

/** From here on a GPU instance of four slices and one of three live on one GPU. Source: MIG User Guide. */
export function holdsFourBesideThree(driver: string): boolean {
  return isDriverSince(driver, '510')
}

/** From here on a driver reports profiles with MIG mode off. Source: MIG User Guide. */
export function reportsProfilesWithoutMig(driver: string): boolean {
  return isDriverSince(driver, '550')
}

/** From here on a client may say where in its GPU instance a compute instance shall sit. Source: NVML header 525.53. */
export function placesComputeInstances(driver: string): boolean {
  return isDriverSince(driver, '525.53')
}
