import { isMigError, MigError } from '../errors.js'
import { findNearest, listNearest } from '../model/nearest.js'
import { listSimulatedModels } from './models.js'

/** The error of the simulator, with the names of models that the caller may have meant. */
export function withNearestModel(error: unknown): unknown {
  if (!isMigError(error)) return error
  // Otherwise the error has candidates already.
  const [, model] = /^unknown GPU model "([^"]*)"$/.exec(error.message) ?? []
  if (model === undefined) return error
  const names = listSimulatedModels().map(({ name }) => name.replace(/^(?:NVIDIA|Tesla) /, ''))
  const nearest = findNearest(model, names)
  const hint =
    nearest === null
      ? `the most similar models are ${listNearest(model, names, 3).join(', ')}`
      : `did you mean ${nearest}?`
  return new MigError(error.code, error.message, { hint, cause: error })
}
