// What the declarations of `highs` name and those of Node 20 lack.
declare namespace WebAssembly {
  type Module = object
}
