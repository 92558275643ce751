import { MigError } from '../../../errors.js'

const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/** The number that a quantity of Kubernetes stands for. */
export function readQuantity(text: string): number {
  const [, digits = '', suffix = ''] = /^([+-]?(?:\d+\.?\d*|\.\d+))([A-Za-z]*)$/.exec(text) ?? []
  const factor = factors[suffix]
  if (digits === '' || factor === undefined)
    throw new MigError('MIG_DRA_INVALID', `${JSON.stringify(text)} is no quantity of Kubernetes`)
  return Number(digits) * factor
}
