import type { Engines } from '../../../types/geometry.js'

export const engineKinds: readonly (keyof Engines)[] = ['copy', 'decoder', 'encoder', 'jpeg', 'ofa']
