import { keyOf } from './draw-mutants.mjs'

/** Stryker asks a checker which mutants it need not run. This one lets through those that were drawn. */
class OnlyDrawn {
  static inject = ['options']
  #drawn

  constructor(options) {
    this.#drawn = new Set(options.drawn)
  }

  async init() {}

  async group(mutants) {
    return [mutants.map(({ id }) => id)]
  }

  async check(mutants) {
    const verdict = (mutant) =>
      this.#drawn.has(keyOf(mutant))
        ? { status: 'passed' }
        : { status: 'compileError', reason: 'not drawn' }
    return Object.fromEntries(mutants.map((mutant) => [mutant.id, verdict(mutant)]))
  }
}

export const strykerPlugins = [{ kind: 'Checker', name: 'only-drawn', injectableClass: OnlyDrawn }]
