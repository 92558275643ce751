import type { Needs } from '../../../types/solver/choose-profile.js'
import type { DocumentPath } from '../../model/document-path.js'
import type { Keep } from '../../model/kept-devices.js'
import type { WantsField } from '../../model/wanted.js'

/** A size of MIG device as a document asks for it. Each GPU resolves it on its own. */
export type SizeRequest =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'id'; readonly profileId: number }
  | { readonly kind: 'need'; readonly need: Needs }

export interface CountedRequest {
  readonly size: SizeRequest
  readonly count: number
  /** Its place in the document. */
  readonly path: DocumentPath
}

export interface PlacementRequest {
  readonly profile: string
  readonly start: number
  /** Null: one that fills the GPU instance. */
  readonly computeInstances:
    | readonly { readonly profile: string; readonly start: number | null }[]
    | null
  readonly path: DocumentPath
}

export type GpuSelector =
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'uuid'; readonly uuid: string }
  | { readonly kind: 'pci-address'; readonly address: string }

export type ModelFilter =
  | { readonly kind: 'pci-ids'; readonly text: string }
  /** A name, or a pattern with `*` and `?`. */
  | { readonly kind: 'model'; readonly text: string }

export type EntryWants =
  | {
      readonly kind: 'devices'
      readonly field: Exclude<WantsField, 'placements'>
      readonly requests: readonly CountedRequest[]
    }
  | { readonly kind: 'placements'; readonly placements: readonly PlacementRequest[] }

/** Where errors find the parts of an entry. */
export interface EntryPaths {
  readonly devices: DocumentPath
  /** One for each GPU that it names. */
  readonly selectors: readonly DocumentPath[]
  readonly wants: DocumentPath
}

/** An entry of either version, or a request, in one form. */
export interface ConfigEntry {
  /** Its index in the configuration's list. */
  readonly position: number
  /** Its place in the document. */
  readonly path: DocumentPath
  readonly paths: EntryPaths
  /** Empty: every GPU. */
  readonly filters: readonly ModelFilter[]
  readonly devices: 'all' | 'others' | readonly GpuSelector[]
  /** How many of the GPUs the entry takes; null: all of them. */
  readonly count: number | null
  /** Null: as it is. */
  readonly migEnabled: boolean | null
  readonly wants: EntryWants
  readonly atLeast: boolean
  readonly keep: Keep | null
  /** The wanted devices come beside what is there. */
  readonly add: boolean
}

/** Whether the entry selects its GPUs without a choice by the plan. */
export function isFixed({ count, devices }: ConfigEntry): boolean {
  return count === null && devices !== 'others'
}
