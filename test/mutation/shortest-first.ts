import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** How long each file of tests took when it ran first, which is without a mutant. */
const durations = new Map<string, number>()

/** The first test that fails ends the run of a mutant, so the files that take the least time come first. */
export class ShortestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    for (const file of files) this.#note(file)
    const durationOf = ({ moduleId }: TestSpecification): number => durations.get(moduleId) ?? 0
    return files.toSorted((a, b) => durationOf(a) - durationOf(b))
  }

  #note({ moduleId, project }: TestSpecification): void {
    const key = `${project.name}:${relative(this.ctx.config.root, moduleId)}`
    const seen = this.ctx.cache.getFileTestResults(key)
    if (seen !== undefined && !durations.has(moduleId)) durations.set(moduleId, seen.duration)
  }
}
