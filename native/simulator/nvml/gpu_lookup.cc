// The number of GPUs, and looking them up by index.
#include "simulator/nvml/enumeration.h"
#include "simulator/nvml/lookup.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

abi::nvmlReturn_t ByIndex(const Call& call, unsigned index, abi::nvmlDevice_t* device) {
  const auto gpu = GpuAtIndex(call, index);
  return gpu ? GiveGpu(call, *gpu, device) : abi::NVML_ERROR_INVALID_ARGUMENT;
}

}  // namespace

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetCount(unsigned int* count) {
  return LookUp<"nvmlDeviceGetCount">(
      [=](const Call& call) { return Give(count, VisibleGpus(call)); });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetCount_v2(unsigned int* count) {
  return LookUp<"nvmlDeviceGetCount_v2">(
      [=](const Call& call) { return Give(count, VisibleGpus(call)); });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetHandleByIndex(unsigned int index,
                                                           abi::nvmlDevice_t* device) {
  return LookUp<"nvmlDeviceGetHandleByIndex">(
      [=](const Call& call) { return ByIndex(call, index, device); });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned int index,
                                                              abi::nvmlDevice_t* device) {
  return LookUp<"nvmlDeviceGetHandleByIndex_v2">(
      [=](const Call& call) { return ByIndex(call, index, device); });
}

}  // namespace migsim
