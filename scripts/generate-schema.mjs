// Writes dist/mig-config.schema.json; needs what build-ts.mjs makes.
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { makeConfigSchema } from './config-schema.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const schema = join(root, 'build/modules/config/schema/schema.js')
const schemas = await import(pathToFileURL(schema).href)
const text = JSON.stringify(makeConfigSchema(schemas), null, 2)
writeFileSync(join(root, 'dist/mig-config.schema.json'), `${text}\n`)
