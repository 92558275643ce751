import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const readme = fileURLToPath(new URL('../../README.md', import.meta.url))

/** The first program of the README, which applies a configuration to a simulated machine. */
export function readmeProgram(): string {
  const [, program] = readFileSync(readme, 'utf8').match(/^```ts\n([\s\S]*?)^```/m) ?? []
  if (program === undefined) throw new Error('the README has no program')
  return program
}

/** The command lines of the README. */
export function readmeCommands(): readonly string[] {
  const blocks = [...readFileSync(readme, 'utf8').matchAll(/^```sh\n([\s\S]*?)^```/gm)]
  return blocks.flatMap(([, text = '']) => text.trim().split('\n'))
}

/** What it prints: that the configuration is applied, and the name and UUID of each MIG device of a GPU. */
export const readmeOutput: RegExp =
  /^applied\n(1g\.5gb MIG-\S+\n){2}2g\.10gb MIG-\S+\n3g\.20gb MIG-\S+\n$/

/** Every program of the pages about fleets, with a name. They are plain JavaScript: no other block of code is there. */
export function fleetPrograms(): readonly (readonly [string, string])[] {
  return ['fleet', 'embedding'].flatMap((page) => {
    const text = readFileSync(new URL(`../../docs/${page}.md`, import.meta.url), 'utf8')
    if (/^```ts$/m.test(text)) throw new Error(`docs/${page}.md has a program in TypeScript`)
    return [...text.matchAll(/^```js\n([\s\S]*?)^```/gm)].map(
      ([, program = ''], index) => [`docs/${page}.md ${index + 1}`, program] as const,
    )
  })
}
