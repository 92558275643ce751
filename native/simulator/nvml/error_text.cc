// nvmlErrorString. Sources: nvidia-smi, which prints these texts; for the others, the table in
// NVIDIA's Python bindings.
#include <algorithm>
#include <iterator>

#include "simulator/nvml/exports.h"
#include "simulator/nvml/gate.h"
#include "simulator/store/function_table.h"

namespace migsim {
namespace {

struct ErrorText {
  abi::nvmlReturn_t code;
  const char* text;
};

constexpr ErrorText kTexts[] = {
    {abi::NVML_SUCCESS, "Success"},
    {abi::NVML_ERROR_UNINITIALIZED, "Uninitialized"},
    {abi::NVML_ERROR_INVALID_ARGUMENT, "Invalid Argument"},
    {abi::NVML_ERROR_NOT_SUPPORTED, "Not Supported"},
    {abi::NVML_ERROR_NO_PERMISSION, "Insufficient Permissions"},
    {abi::NVML_ERROR_ALREADY_INITIALIZED, "Already Initialized"},
    {abi::NVML_ERROR_NOT_FOUND, "Not Found"},
    {abi::NVML_ERROR_INSUFFICIENT_SIZE, "Insufficient Size"},
    {abi::NVML_ERROR_INSUFFICIENT_POWER, "Insufficient External Power"},
    {abi::NVML_ERROR_DRIVER_NOT_LOADED, "Driver Not Loaded"},
    {abi::NVML_ERROR_TIMEOUT, "Timeout"},
    {abi::NVML_ERROR_IRQ_ISSUE, "Interrupt Request Issue"},
    {abi::NVML_ERROR_LIBRARY_NOT_FOUND, "NVML Shared Library Not Found"},
    {abi::NVML_ERROR_FUNCTION_NOT_FOUND, "Function Not Found"},
    {abi::NVML_ERROR_CORRUPTED_INFOROM, "Corrupted infoROM"},
    {abi::NVML_ERROR_GPU_IS_LOST, "GPU is lost"},
    {abi::NVML_ERROR_RESET_REQUIRED, "GPU requires restart"},
    {abi::NVML_ERROR_OPERATING_SYSTEM, "The operating system has blocked the request."},
    {abi::NVML_ERROR_LIB_RM_VERSION_MISMATCH, "RM has detected an NVML/RM version mismatch."},
    {abi::NVML_ERROR_IN_USE, "In use by another client"},
    {abi::NVML_ERROR_MEMORY, "Insufficient Memory"},
    {abi::NVML_ERROR_NO_DATA, "No data"},
    {abi::NVML_ERROR_VGPU_ECC_NOT_SUPPORTED, "Not Supported with ECC enabled vGPU"},
    {abi::NVML_ERROR_INSUFFICIENT_RESOURCES, "Insufficient Resources"},
    {abi::NVML_ERROR_FREQ_NOT_SUPPORTED, "Frequency Not Supported"},
    {abi::NVML_ERROR_ARGUMENT_VERSION_MISMATCH, "Argument Version Mismatch"},
    {abi::NVML_ERROR_DEPRECATED, "Deprecated"},
    {abi::NVML_ERROR_NOT_READY, "Not Ready"},
    {abi::NVML_ERROR_GPU_NOT_FOUND, "GPU Not Found"},
    {abi::NVML_ERROR_INVALID_STATE, "Invalid State"},
    {abi::NVML_ERROR_RESET_TYPE_NOT_SUPPORTED, "Reset Type Not Supported"},
};

}  // namespace

MIGSIM_EXPORT const char* nvmlErrorString(abi::nvmlReturn_t result) {
  // The gate only counts the call: the text depends on nothing.
  const Gate gate(FunctionIdOf("nvmlErrorString"), SelectedMachine(), SessionNeed::kNotNeeded);
  const auto found = std::ranges::find(kTexts, result, &ErrorText::code);
  return found == std::end(kTexts) ? "Unknown Error" : found->text;
}

}  // namespace migsim
