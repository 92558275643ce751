// MIG mode of a GPU.
#include "simulator/model/mig_mode.h"

#include "simulator/nvml/changing_call.h"
#include "simulator/nvml/device_call.h"
#include "simulator/nvml/result.h"

namespace migsim {

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetMigMode(abi::nvmlDevice_t device,
                                                     unsigned int* current, unsigned int* pending) {
  return ReadDevice<"nvmlDeviceGetMigMode">(device, Accepts::kEither, [=](const Call& call) {
    if (current == nullptr || pending == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
    if (!call.gpu().mig_capable()) return abi::NVML_ERROR_NOT_SUPPORTED;
    *current = call.gpu().state.mig_enabled;
    *pending = call.gpu().state.mig_pending;
    return abi::NVML_SUCCESS;
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceSetMigMode(abi::nvmlDevice_t device, unsigned int mode,
                                                     abi::nvmlReturn_t* activationStatus) {
  JournalRecord request;
  request.setting = mode;
  return MakeChange<"nvmlDeviceSetMigMode">(
      device, Accepts::kGpu, Privileges::kAdmin, request, [=](Change& change) {
        if (activationStatus == nullptr || mode > abi::NVML_DEVICE_MIG_ENABLE) {
          return abi::NVML_ERROR_INVALID_ARGUMENT;
        }
        ModelResult activation = ModelResult::kSuccess;
        const ModelResult outcome =
            SetMigMode(change.call.gpu(), change.state(), change.processes(),
                       change.transaction.controls().reset_policy,
                       mode == abi::NVML_DEVICE_MIG_ENABLE, activation);
        *activationStatus = ToNvml(activation);
        if (outcome == ModelResult::kSuccess) change.record.activation = *activationStatus;
        return ToNvml(outcome);
      });
}

}  // namespace migsim
