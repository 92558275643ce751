// How many GPUs there are, and finding them by index.
#include "simulator/nvml/enumeration.h"
#include "simulator/nvml/lookup.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

using namespace nvml_abi;

nvmlReturn_t by_index(const Call& call, unsigned index, nvmlDevice_t* device) {
  const auto gpu = gpu_at_index(call, index);
  return gpu ? give_gpu(call, *gpu, device) : NVML_ERROR_INVALID_ARGUMENT;
}

}  // namespace
}  // namespace migsim

namespace nvml_abi {

using namespace migsim;

nvmlReturn_t nvmlDeviceGetCount(unsigned int* count) {
  return look_up<"nvmlDeviceGetCount">(
      [=](const Call& call) { return give(count, visible_gpus(call)); });
}

nvmlReturn_t nvmlDeviceGetCount_v2(unsigned int* count) {
  return look_up<"nvmlDeviceGetCount_v2">(
      [=](const Call& call) { return give(count, visible_gpus(call)); });
}

nvmlReturn_t nvmlDeviceGetHandleByIndex(unsigned int index, nvmlDevice_t* device) {
  return look_up<"nvmlDeviceGetHandleByIndex">(
      [=](const Call& call) { return by_index(call, index, device); });
}

nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned int index, nvmlDevice_t* device) {
  return look_up<"nvmlDeviceGetHandleByIndex_v2">(
      [=](const Call& call) { return by_index(call, index, device); });
}

}  // namespace nvml_abi
