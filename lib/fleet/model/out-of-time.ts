/** A plan would come too late. */
export class OutOfTime extends Error {}

const between = 64

/** Throws `OutOfTime` once it is late. It looks at the clock only now and then. */
export function createWatch(isLate: () => boolean): () => void {
  let calls = 0
  return () => {
    calls += 1
    if (calls % between === 0 && isLate()) throw new OutOfTime()
  }
}
