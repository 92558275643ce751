// The declarations of `highs` use this name, which those of Node 20 lack.
declare namespace WebAssembly {
  type Module = object
}
