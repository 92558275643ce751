// Prints the C++ sources below the named folders, for binding.gyp.
// Usage: list-sources.mjs FOLDER… [--except NAME]
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  options: { except: { type: 'string' } },
  allowPositionals: true,
})
for (const folder of positionals) {
  for (const name of readdirSync(folder, { recursive: true }).sort()) {
    if (name.endsWith('.cc') && name.split('/')[0] !== values.except)
      console.log(join(folder, name))
  }
}
