// Calls of the most common shape: a handle in, one value out through a pointer.
#ifndef MIG_NVML_READ_H_
#define MIG_NVML_READ_H_

#include "nvml/symbols.h"

namespace mig {

template <typename Value, typename Handle>
Outcome<Value> Read(const Symbol<abi::nvmlReturn_t (*)(Handle, Value*)>& function, Handle handle) {
  Value value{};
  const Status status = function(handle, &value);
  if (!status.ok()) return status;
  return value;
}

// The same for enumerations, as their number.
template <typename Value, typename Handle>
Outcome<unsigned int> ReadNumber(const Symbol<abi::nvmlReturn_t (*)(Handle, Value*)>& function,
                                 Handle handle) {
  Value value{};
  const Status status = function(handle, &value);
  if (!status.ok()) return status;
  return static_cast<unsigned int>(value);
}

}  // namespace mig

#endif  // MIG_NVML_READ_H_
