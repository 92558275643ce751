import type { Engines } from '../../../types/model/geometry.js'

export const engineKinds: readonly (keyof Engines)[] = ['copy', 'decoder', 'encoder', 'jpeg', 'ofa']
