#include "addon/library_reset.h"

#include "nvml/library.h"

namespace mig {

ResetAttempt ResetThroughLibrary(const std::string& path, const std::optional<Selector>& selector,
                                 const std::string& symbol, const std::string& pci_bus_id) {
  using Reset = int (*)(const char*);

  ResetAttempt attempt{abi::NVML_SUCCESS, symbol, {}};
  const Library* library = Library::Open(path, &attempt.problem);
  if (library == nullptr) return attempt;
  const auto missing = [&](const std::string& name) {
    attempt.problem = library->path() + ": no function " + name;
    return attempt;
  };
  Machine::Select select = nullptr;
  if (selector) {
    select = reinterpret_cast<Machine::Select>(library->Find(selector->symbol));
    if (select == nullptr) return missing(selector->symbol);
  }
  const auto reset = reinterpret_cast<Reset>(library->Find(symbol));
  if (reset == nullptr) return missing(symbol);
  const Machine::Selection selection(
      *Machine::Find(library, select, selector ? selector->value : 0));
  attempt.ret = static_cast<abi::nvmlReturn_t>(reset(pci_bus_id.c_str()));
  return attempt;
}

}  // namespace mig
