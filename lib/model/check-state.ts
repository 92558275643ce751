/** Throws a `TypeError` unless an argument is the state of a machine: plain JavaScript forgets an `await` without a word. */
export function checkState(subject: string, state: unknown): void {
  checkGpus(`${subject}: the state must be what readMigState resolves to`, state)
}

/** The same for a plan. */
export function checkPlan(subject: string, plan: unknown): void {
  checkGpus(`${subject}: the plan must be what planMigConfig resolves to`, plan)
}

function checkGpus(rule: string, value: unknown): void {
  if (value instanceof Promise) throw new TypeError(`${rule}, not a promise of it: await it`)
  const hasGpus = typeof value === 'object' && value !== null && 'gpus' in value
  if (!hasGpus || !Array.isArray(value.gpus)) throw new TypeError(rule)
}
