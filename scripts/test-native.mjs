// Runs the native tests under a tool that watches memory or threads.
// Usage: test-native.mjs [address | thread | valgrind]
// address: AddressSanitizer and UndefinedBehaviorSanitizer, on everything. thread: ThreadSanitizer, on the
// simulated driver and the tests' own programs (Node itself cannot run under it). valgrind: what these
// programs read and leave behind.
import { execFileSync, spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const [mode = 'address'] = process.argv.slice(2)
/** The tests of programs that are C++ alone. */
const programTests =
  'sessions events struct-versions instances handles mig-mode mig-devices health processes host lost-gpu'
    .split(' ')
    .map((name) => `test/native/simulator/${name}.test.ts`)
const slow = ['--testTimeout', '600000']

if (mode === 'address') {
  const build = join(root, 'build/sanitize')
  compile(build, 'address,undefined')
  test(['test/native'], {
    MIG_NVML_BINDING: build,
    MIG_NVML_TEST_SIMULATOR: join(build, 'simulator/libnvidia-ml.so.1'),
    // Neither node nor the tests' own programs are built with sanitizers: the runtime must come first.
    LD_PRELOAD: `${runtime('libasan.so')} ${runtime('libubsan.so')}`,
    // What Node has not freed at its end is not ours to judge.
    ASAN_OPTIONS: 'detect_leaks=0',
    UBSAN_OPTIONS: 'print_stacktrace=1',
  })
} else if (mode === 'thread') {
  const build = join(root, 'build/sanitize-thread')
  compile(build, 'thread', ['--target', 'nvidia_ml_simulator'])
  test([...slow, ...programTests], {
    MIG_NVML_TEST_SIMULATOR: join(build, 'simulator/libnvidia-ml.so.1'),
    MIG_NVML_TEST_CXXFLAGS: '-g -fsanitize=thread',
    // Its shadow memory cannot be where a much randomised address space has something else.
    MIG_NVML_TEST_RUNNER: 'setarch -R',
    TSAN_OPTIONS: 'halt_on_error=1',
  })
} else if (mode === 'valgrind') {
  if (spawnSync('valgrind', ['--version']).status !== 0) skip('valgrind is not installed')
  const leaks = 'definite,possible'
  test([...slow, ...programTests], {
    MIG_NVML_TEST_CXXFLAGS: '-g',
    MIG_NVML_TEST_RUNNER: `valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=${leaks} --show-leak-kinds=${leaks}`,
  })
} else {
  console.error(`${mode}: must be address, thread or valgrind`)
  process.exit(1)
}

function compile(build, sanitizers, target = []) {
  const cmakeJs = join(root, 'node_modules/.bin/cmake-js')
  const options = ['--debug', '--out', build, `--CDSANITIZE=${sanitizers}`]
  run(cmakeJs, ['compile', ...options, '--parallel', String(availableParallelism()), ...target])
}

function test(args, env) {
  run(join(root, 'node_modules/.bin/vitest'), ['run', '--project', 'main', ...args], env)
}

function runtime(name) {
  return execFileSync('c++', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim()
}

function run(command, args, env = {}) {
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  if (status !== 0) process.exit(status ?? 1)
}

function skip(reason) {
  console.log(`SKIPPED: ${mode}: ${reason}`)
  process.exit(0)
}
