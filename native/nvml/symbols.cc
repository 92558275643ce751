#include "nvml/symbols.h"

#include <dlfcn.h>

namespace mig {

Symbols ResolveSymbols(void* library) {
  Symbols symbols;
#define MIG_RESOLVE_SYMBOL(name) \
  symbols.name.address = reinterpret_cast<decltype(symbols.name.address)>(dlsym(library, #name));
  NVML_SYMBOLS(MIG_RESOLVE_SYMBOL)
#undef MIG_RESOLVE_SYMBOL
  return symbols;
}

}  // namespace mig
