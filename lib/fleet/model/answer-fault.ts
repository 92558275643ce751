/** What is wrong with an answer. `verifyPlan` and `verifyRegret` report it. */
export class AnswerFault extends Error {}

export function fault(text: string): never {
  throw new AnswerFault(text)
}

/** Throws `AnswerFault` for a part of an answer that is not what follows from the rest. */
export function requireSame(given: object, right: object, from = 'the plan'): void {
  for (const [name, value] of Object.entries(right)) {
    const found = (given as Record<string, unknown>)[name]
    if (!isSameData(found, value)) fault(`${name} is not what follows from ${from}`)
  }
}

export function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** Whether two values are equal as JSON, whatever the order of properties. */
function isSameData(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    return Object.is(one, other)
  }
  if (Array.isArray(one) !== Array.isArray(other)) return false
  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length &&
    names.every(
      (name) =>
        Object.hasOwn(other, name) &&
        isSameData(
          (one as Record<string, unknown>)[name],
          (other as Record<string, unknown>)[name],
        ),
    )
  )
}
