// The result of an NVML call: a value, or the return code with the function that gave it.
#ifndef MIG_NVML_OUTCOME_H_
#define MIG_NVML_OUTCOME_H_

#include <utility>
#include <variant>

#include "nvml/abi/return_codes.h"

namespace mig {

namespace abi = nvml_abi;

// An impossible count of a driver.
struct Excess {
  // Empty: there is none.
  const char* what = "";
  unsigned int counted = 0;
  unsigned int most = 0;
};

struct Status {
  abi::nvmlReturn_t ret = abi::NVML_SUCCESS;
  const char* fn = "";
  Excess excess{};

  bool ok() const { return ret == abi::NVML_SUCCESS; }
  // The symbol is absent, or a stub without a driver function behind it.
  bool missing() const { return ret == abi::NVML_ERROR_FUNCTION_NOT_FOUND; }
  bool is(abi::nvmlReturn_t code) const { return ret == code; }
  bool impossible() const { return excess.most != 0; }
};

template <typename T>
struct Outcome {
  using Value = T;

  Status status;
  T value{};

  Outcome() = default;
  Outcome(Status failure) : status(failure) {}
  Outcome(T result) : value(std::move(result)) {}

  bool ok() const { return status.ok(); }
};

// The value of a call without one.
using Nothing = std::monostate;

inline Outcome<Nothing> Done(Status status) { return Outcome<Nothing>(status); }

}  // namespace mig

#endif  // MIG_NVML_OUTCOME_H_
