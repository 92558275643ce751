import { defineConfig } from 'vitest/config'
import { ShortestFirst } from './shortest-first.js'

// Stryker runs the tests in a copy of the project. Left out is what would see nothing of the mutants: processes of
// their own, which run what is built.
export default defineConfig({
  plugins: [
    {
      name: 'forks',
      // Stryker asks for threads, in which the simulated driver sees no change of the environment or of the user.
      configureVitest({ project }) {
        project.config.pool = 'forks'
      },
    },
  ],
  test: {
    include: (process.env['MIG_NVML_MUTATION_TESTS'] ?? 'test/unit,test/property')
      .split(',')
      .map((path) => (path.endsWith('.ts') ? path : `${path}/**/*.test.ts`)),
    exclude: ['test/unit/benchmarks/**', 'test/unit/structure/**'],
    // A mutant that hangs is ended by Stryker; a busy machine must not fail the first run.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    sequence: { sequencer: ShortestFirst },
    env: { MIG_NVML_FLEET_CASES: '150' },
  },
})
