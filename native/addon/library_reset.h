// A library with its own reset of GPUs, such as the simulated driver: NVML has no call for it.
#ifndef MIG_ADDON_LIBRARY_RESET_H_
#define MIG_ADDON_LIBRARY_RESET_H_

#include <optional>
#include <string>

#include "nvml/machine.h"
#include "nvml/outcome.h"

namespace mig {

struct ResetAttempt {
  abi::nvmlReturn_t ret = abi::NVML_SUCCESS;
  // The library's function.
  std::string symbol;
  // Not empty: why there is no such function.
  std::string problem;
};

// Calls `int symbol(const char* pci_bus_id)` of the library. No session needs to be open on it.
ResetAttempt ResetThroughLibrary(const std::string& path, const std::optional<Selector>& selector,
                                 const std::string& symbol, const std::string& pci_bus_id);

}  // namespace mig

#endif  // MIG_ADDON_LIBRARY_RESET_H_
