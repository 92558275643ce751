// Outcomes of the model as NVML's return codes, and the checks that most functions share.
#ifndef MIG_SIMULATOR_NVML_RESULT_H_
#define MIG_SIMULATOR_NVML_RESULT_H_

#include <algorithm>
#include <string_view>

#include "simulator/model/outcome.h"
#include "simulator/nvml/exports.h"

namespace migsim {

constexpr nvml_abi::nvmlReturn_t ToNvml(Outcome outcome) {
  return static_cast<nvml_abi::nvmlReturn_t>(outcome);
}

static_assert(ToNvml(Outcome::kSuccess) == nvml_abi::NVML_SUCCESS);
static_assert(ToNvml(Outcome::kInvalidArgument) == nvml_abi::NVML_ERROR_INVALID_ARGUMENT);
static_assert(ToNvml(Outcome::kNotSupported) == nvml_abi::NVML_ERROR_NOT_SUPPORTED);
static_assert(ToNvml(Outcome::kNoPermission) == nvml_abi::NVML_ERROR_NO_PERMISSION);
static_assert(ToNvml(Outcome::kNotFound) == nvml_abi::NVML_ERROR_NOT_FOUND);
static_assert(ToNvml(Outcome::kGpuIsLost) == nvml_abi::NVML_ERROR_GPU_IS_LOST);
static_assert(ToNvml(Outcome::kResetRequired) == nvml_abi::NVML_ERROR_RESET_REQUIRED);
static_assert(ToNvml(Outcome::kInUse) == nvml_abi::NVML_ERROR_IN_USE);
static_assert(ToNvml(Outcome::kInsufficientResources) ==
              nvml_abi::NVML_ERROR_INSUFFICIENT_RESOURCES);

template <typename Value>
nvml_abi::nvmlReturn_t Give(Value* out, Value value) {
  if (out == nullptr) return nvml_abi::NVML_ERROR_INVALID_ARGUMENT;
  *out = value;
  return nvml_abi::NVML_SUCCESS;
}

// With its final zero, or nothing when that does not fit.
inline nvml_abi::nvmlReturn_t GiveText(char* out, unsigned length, std::string_view text) {
  if (out == nullptr) return nvml_abi::NVML_ERROR_INVALID_ARGUMENT;
  if (text.size() >= length) return nvml_abi::NVML_ERROR_INSUFFICIENT_SIZE;
  *std::ranges::copy(text, out).out = '\0';
  return nvml_abi::NVML_SUCCESS;
}

// Into an array of fixed size; cut where it is too long.
template <std::size_t kSize>
void PutText(char (&out)[kSize], std::string_view text) {
  const std::string_view cut = text.substr(0, kSize - 1);
  std::ranges::fill(std::ranges::copy(cut, out).out, std::end(out), '\0');
}

}  // namespace migsim

#endif  // MIG_SIMULATOR_NVML_RESULT_H_
