// Results of the model as NVML's return codes, and the checks that most functions share.
#ifndef MIG_SIMULATOR_NVML_RESULT_H_
#define MIG_SIMULATOR_NVML_RESULT_H_

#include <algorithm>
#include <string_view>

#include "simulator/model/model_result.h"
#include "simulator/nvml/exports.h"

namespace migsim {

constexpr abi::nvmlReturn_t ToNvml(ModelResult outcome) {
  return static_cast<abi::nvmlReturn_t>(outcome);
}

static_assert(ToNvml(ModelResult::kSuccess) == abi::NVML_SUCCESS);
static_assert(ToNvml(ModelResult::kInvalidArgument) == abi::NVML_ERROR_INVALID_ARGUMENT);
static_assert(ToNvml(ModelResult::kNotSupported) == abi::NVML_ERROR_NOT_SUPPORTED);
static_assert(ToNvml(ModelResult::kNoPermission) == abi::NVML_ERROR_NO_PERMISSION);
static_assert(ToNvml(ModelResult::kNotFound) == abi::NVML_ERROR_NOT_FOUND);
static_assert(ToNvml(ModelResult::kGpuIsLost) == abi::NVML_ERROR_GPU_IS_LOST);
static_assert(ToNvml(ModelResult::kResetRequired) == abi::NVML_ERROR_RESET_REQUIRED);
static_assert(ToNvml(ModelResult::kInUse) == abi::NVML_ERROR_IN_USE);
static_assert(ToNvml(ModelResult::kInsufficientResources) ==
              abi::NVML_ERROR_INSUFFICIENT_RESOURCES);

template <typename Value>
abi::nvmlReturn_t Give(Value* out, Value value) {
  if (out == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
  *out = value;
  return abi::NVML_SUCCESS;
}

// Writes the text with its final zero, or nothing if it does not fit.
inline abi::nvmlReturn_t GiveText(char* out, unsigned length, std::string_view text) {
  if (out == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
  if (text.size() >= length) return abi::NVML_ERROR_INSUFFICIENT_SIZE;
  *std::ranges::copy(text, out).out = '\0';
  return abi::NVML_SUCCESS;
}

// Writes the text into an array of fixed size, and cuts it if it is too long.
template <std::size_t kSize>
void PutText(char (&out)[kSize], std::string_view text) {
  const std::string_view cut = text.substr(0, kSize - 1);
  std::ranges::fill(std::ranges::copy(cut, out).out, std::end(out), '\0');
}

}  // namespace migsim

#endif  // MIG_SIMULATOR_NVML_RESULT_H_
