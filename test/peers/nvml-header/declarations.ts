import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What our headers below `native/nvml/abi/` declare, by name. */
export interface Declarations {
  readonly handles: readonly string[]
  readonly structs: readonly Struct[]
  readonly enums: readonly string[]
  /** Enumerators too. */
  readonly constants: readonly string[]
  readonly functions: readonly string[]
}

export interface Struct {
  readonly name: string
  /** The file that declares it. */
  readonly file: string
  readonly fields: readonly string[]
}

/** Reads our own headers: they are formatted by machine, so that their lines have few shapes. */
export function readDeclarations(folder: string): Declarations {
  const found = {
    handles: [] as string[],
    structs: [] as Struct[],
    enums: [] as string[],
    constants: [] as string[],
    functions: [] as string[],
  }
  for (const file of readdirSync(folder).sort()) {
    const text = readFileSync(join(folder, file), 'utf8').replace(/\/\/.*$/gm, '')
    found.handles.push(...names(text, /^using (\w+) = struct \w+\*;/gm))
    found.constants.push(...names(text, /^inline constexpr [\w ]+? (\w+) =/gm))
    found.functions.push(...names(text, /^(?:nvmlReturn_t|const char\*) (nvml\w+)\(/gm))
    for (const [, name, body] of text.matchAll(/^enum (\w+) : [\w ]+ \{\n(.*?)^\};/gms)) {
      found.enums.push(name as string)
      found.constants.push(...names(body as string, /^ {2}(\w+) =/gm))
    }
    for (const [, name, body] of text.matchAll(/^(?:struct|union) (\w+) \{\n(.*?)^\};/gms))
      found.structs.push({ name: name as string, file, fields: fieldNames(body as string) })
  }
  return found
}

// `char name[96];`, and of a nested unnamed struct the name behind its brace.
function fieldNames(body: string): readonly string[] {
  return names(body, /^ {2}(?! )(?:[\w ]+[ *]+|\} )(\w+)(?:\[\d+\])?;/gm)
}

function names(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] as string)
}
