/** `580.65.06` as numbers. Missing parts count as 0. */
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

/** From driver `first` on, the profile indexes below `count` are known. Source: NVML headers by driver. */
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

/** Whether a 4g and a 3g GPU instance can exist together on one GPU. Source: MIG User Guide. */
export function holdsFourBesideThree(driver: string): boolean {
  return isDriverSince(driver, '510')
}

/** Whether the driver reports profiles while MIG mode is off. Source: MIG User Guide. */
export function reportsProfilesWithoutMig(driver: string): boolean {
  return isDriverSince(driver, '550')
}

/** Whether a client can choose the place of a compute instance in its GPU instance. Source: NVML header 525.53. */
export function placesComputeInstances(driver: string): boolean {
  return isDriverSince(driver, '525.53')
}
