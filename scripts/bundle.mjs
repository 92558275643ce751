// Joins the modules of lib/, as compiled into build/modules, into few files in dist/: the entry points, and
// what they share or load later in dist/chunks. To import half a hundred small files takes twice as long.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { catalogTexts } from './catalog-texts.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const { bin, dependencies, exports, peerDependencies } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
)
const outside = Object.keys({ ...dependencies, ...peerDependencies })
const entries = [...Object.values(exports).map((target) => target.default), ...Object.values(bin)]
  .filter((file) => file !== undefined)
  .map((file) => file.replace('./dist/', ''))

const bundle = await rolldown({
  input: Object.fromEntries(
    entries.map((file) => [file.replace(/\.js$/, ''), join(root, 'build/modules', file)]),
  ),
  platform: 'node',
  plugins: [inlineCatalog()],
  external: (name) =>
    name.startsWith('node:') ||
    outside.some((each) => name === each || name.startsWith(`${each}/`)),
  onLog(level, log) {
    throw new Error(`${level}: ${log.message}`)
  },
})
await bundle.write({
  dir: join(root, 'dist'),
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name].js',
  codeSplitting: {
    // What nearly everything needs, and what all that touches a machine needs. A group takes what it
    // imports along, so the order counts.
    groups: [
      // Every start of the command line needs it, even one that only prints its help.
      { name: 'visible-text', test: /\/modules\/model\/visible-text\.js$/, priority: 8 },
      {
        name: 'catalog',
        test: /\/modules\/model\/(catalog(-text|-file)?|geometry|unknown-geometry)\.js$/,
        priority: 7,
      },
      { name: 'driver', test: /\/modules\/model\/package-root\.js$/, priority: 6 },
      { name: 'model', test: /\/modules\/(model\/|errors\.js$)/, priority: 5 },
      {
        name: 'tables',
        test: /\/modules\/solver\/((tables|compute|layout)\/|placing\/(can-add|find-places|max-additional|stranded)\.js$)/,
        priority: 4,
      },
      { name: 'driver', test: /\/modules\/driver\//, priority: 3 },
      { name: 'pictures', test: /\/modules\/(render\/|plan\/text\.js$)/, priority: 2 },
      {
        name: 'machine',
        test: /\/modules\/machine\/(host|index|start|watch|operation\/option-rules)\.js$/,
        priority: 1,
      },
    ],
  },
})
await bundle.close()

/** Puts the texts themselves in place of lib/model/catalog-text.ts, which reads the files. */
function inlineCatalog() {
  return {
    name: 'inline-catalog',
    load(id) {
      if (!id.endsWith('/model/catalog-text.js')) return null
      const texts = JSON.stringify(catalogTexts())
      return `const texts = ${texts}\nexport function readCatalogText(file) { return texts[file] }\n`
    },
  }
}
