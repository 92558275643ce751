import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { commands } from '../../lib/cli/commands.js'
import { runInProcess } from './run-in-process.js'

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-completion-'))
writeFileSync(join(folder, 'fleet one.yaml'), '')
mkdirSync(join(folder, 'flat'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const verbs = Object.keys(commands)

function scriptFor(shell: string): string {
  const file = join(folder, `_${shell}`)
  writeFileSync(file, execFileSync(process.execPath, [cli, 'completion', shell]))
  return file
}

/** Whether a test of this shell can run. */
function has(shell: string): boolean {
  const found = spawnSync(shell, ['-c', 'exit 0']).status === 0
  if (!found) console.log(`SKIPPED: the completion in ${shell}, which is not installed`)
  return found
}

/** What a shell offers for the last word of a line. The words are split as the shell splits them. */
const cases: readonly [words: readonly string[], expected: readonly string[]][] = [
  [['st'], ['status']],
  [['apply', '--mat'], ['--matching']],
  [
    ['apply', '--matching', ''],
    ['strict', 'lenient'],
  ],
  [['apply', '--atomic', 'g'], ['gpu']],
  [
    ['restore', '--reset', 'n'],
    ['nvidia-smi', 'none'],
  ],
  [
    ['apply', '-f', 'fl'],
    ['flat', 'fleet one.yaml'],
  ],
  [['checkpoint', '--checkpoint-file', 'fle'], ['fleet one.yaml']],
  [['apply', '-c', 'fl'], []],
  [['simulator', 'reset-p'], ['reset-policy']],
  [['simulator', 'create', '--host', 'dgx-h'], ['dgx-h100']],
  [['completion', 'z'], ['zsh']],
  [['help', 'rec'], ['recover']],
]

describe('bash', () => {
  const complete = (words: readonly string[]): readonly string[] => {
    const script = `source <("$1" "$2" completion bash) || exit 1
      COMP_WORDS=(mig-nvml "\${@:3}"); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _mig_nvml
      printf '%s\\n' "\${COMPREPLY[@]}"`
    const args = ['-c', script, 'bash', process.execPath, cli, ...words]
    const out = execFileSync('bash', args, { encoding: 'utf8', cwd: folder })
    return out.split('\n').filter((line) => line !== '')
  }

  test.each([
    ...cases,
    [['apply', '--matching', '=', 'l'], ['lenient']],
    [
      ['apply', '--matching', '='],
      ['strict', 'lenient'],
    ],
    [['-d', 'apply', '--matching', 's'], ['strict']],
    [[''], [...verbs, 'help']],
  ] as const)('bash completes %j', (words, expected) => {
    expect([...complete(words)].sort()).toEqual([...expected].sort())
  })
})

describe('fish', () => {
  test.runIf(has('fish')).each(cases)('fish completes %j', (words, expected) => {
    const script = 'source $argv[1]; complete -C "mig-nvml $argv[2]"'
    const args = ['--no-config', '-c', script, scriptFor('fish'), words.join(' ')]
    const out = execFileSync('fish', args, { encoding: 'utf8', cwd: folder })
    const offered = out.split('\n').map((line) => line.split('\t')[0]?.replace(/\/$/, ''))
    expect(offered.filter((word) => word !== '').sort()).toEqual([...expected].sort())
  })
})

describe('zsh', () => {
  test.runIf(has('zsh'))('zsh accepts its script and registers the function', () => {
    const script = 'autoload -U compinit && compinit -D && source $1 && print $_comps[mig-nvml]'
    const args = ['-f', '-c', script, 'zsh', scriptFor('zsh')]
    const { stdout, stderr } = spawnSync('zsh', args, { encoding: 'utf8', cwd: folder })
    expect({ stdout, stderr }).toEqual({ stdout: '_mig_nvml\n', stderr: '' })
  })

  /** What the script gives to zsh's own function for a command: a line for each spelling of an option. */
  const specsOf = (command: string): readonly string[] => {
    const script = `compdef() { : }
      _arguments() { if [[ $1 == -C ]]; then state=argument; line=($command); else print -rl -- "$@"; fi }
      source $1; command=$2; _mig_nvml`
    const args = ['-f', '-c', script, 'zsh', scriptFor('zsh'), command]
    return execFileSync('zsh', args, { encoding: 'utf8', cwd: folder }).trimEnd().split('\n')
  }

  // zshcompsys(1), _arguments: an option with a value ends in + or =, and excludes its other spellings.
  test.runIf(has('zsh')).each<[string, string, string, string]>([
    ['apply', '-f+', '(-f --config-file --file)', ':FILE:_files'],
    ['apply', '--config-file=', '(-f --config-file --file)', ':FILE:_files'],
    ['apply', '--file=', '(-f --config-file --file)', ':FILE:_files'],
    ['apply', '--atomic=', '(--atomic)', ':SCOPE:(machine gpu none)'],
    ['apply', '--slow-after-ms=', '(--slow-after-ms)', ':N: '],
    ['apply', '--dry-run', '(--dry-run)', ''],
  ])(
    'zsh gets of %s the option %s with what it excludes and takes',
    (command, option, excluded, taken) => {
      const specs = specsOf(command)
      const [start, end] = [`${excluded}${option}[`, `]${taken}`]
      expect(specs.filter((spec) => spec.startsWith(start) && spec.endsWith(end))).toHaveLength(1)
    },
  )

  test.runIf(has('zsh'))('zsh gets the words that a command takes', () => {
    expect(specsOf('completion')).toContain('1:word:(bash zsh fish)')
  })
})

describe('the scripts', () => {
  test.each(['bash', 'zsh', 'fish'])(
    'the script for %s names every command, option and word of an option',
    async (shell) => {
      const { status, out, err } = await runInProcess(['completion', shell])
      expect({ status, err }).toEqual({ status: 0, err: '' })
      for (const [name, { load }] of Object.entries(commands)) {
        expect(out).toContain(name)
        for (const [option, { choices = [] }] of Object.entries((await load()).options))
          for (const word of [option, ...choices]) expect(out).toContain(word)
      }
    },
  )

  test.each([
    ['', 'completion takes one of bash, zsh, fish\nsee'],
    [' tcsh', 'completion takes one of bash, zsh, fish\n'],
    [' bash zsh', "unexpected argument 'zsh'\nsee"],
  ])('"completion%s" is refused, and the error says what is wrong', async (words, says) => {
    const { status, err } = await runInProcess(`completion${words}`.split(' '))
    expect(status).toBe(2)
    expect(err).toContain(says)
  })
})
