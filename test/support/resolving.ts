import { parseConfig } from '../../lib/config/document/parse.js'
import { selectConfig } from '../../lib/config/document/select.js'
import { resolveConfig } from '../../lib/config/resolve/resolve.js'
import { computeInstanceName } from '../../lib/model/profile-names.js'
import type { WantedMachine } from '../../lib/model/wanted.js'
import type { MigConfigEntry } from '../../types/config/config.js'
import type { AnyGpuState, MigState } from '../../types/model/state.js'
import { stateOf } from './state.js'

export function resolve(
  state: MigState,
  ...entries: readonly MigConfigEntry[]
): WantedMachine<AnyGpuState> {
  return resolveConfig(
    selectConfig(parseConfig({ version: 'v1', 'mig-configs': { x: entries } })),
    state,
  )
}

export function resolveText(state: MigState, text: string): WantedMachine<AnyGpuState> {
  return resolveConfig(selectConfig(parseConfig(text)), state)
}

export const on = (
  devices: MigConfigEntry['devices'],
  sizes: Record<string, number>,
  filter?: string | string[],
): MigConfigEntry => ({
  ...(filter === undefined ? {} : { 'device-filter': filter }),
  devices,
  'mig-enabled': true,
  'mig-devices': sizes,
})
export const off = (devices: MigConfigEntry['devices'], filter?: string): MigConfigEntry => ({
  ...(filter === undefined ? {} : { 'device-filter': filter }),
  devices,
  'mig-enabled': false,
})

/** Back to names, by the geometry alone. */
export function namesOf({ gpus }: WantedMachine<AnyGpuState>): object {
  return Object.fromEntries(
    gpus.map(({ gpu, geometry, migEnabled, wanted }) => {
      const sizes = wanted.map(({ profileId, sliceCount, count }) => {
        const profile = geometry?.profiles.find(({ id }) => id === profileId)
        if (profile === undefined) throw new Error(`No profile ${profileId}`)
        return [computeInstanceName(profile, sliceCount), count]
      })
      return [gpu.index, migEnabled ? Object.fromEntries(sizes) : 'off']
    }),
  )
}

export const a100: MigState = stateOf([{ key: 'a100-40gb' }])
export const four: MigState = stateOf([{ key: 'a100-40gb', count: 4 }])
