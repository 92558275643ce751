// MIG mode of a GPU.
#include "simulator/model/mig_mode.h"

#include "simulator/nvml/changing_call.h"
#include "simulator/nvml/device_call.h"
#include "simulator/nvml/result.h"

namespace nvml_abi {

using namespace migsim;

nvmlReturn_t nvmlDeviceGetMigMode(nvmlDevice_t device, unsigned int* current,
                                  unsigned int* pending) {
  return ReadDevice<"nvmlDeviceGetMigMode">(device, Accepts::kEither, [=](const Call& call) {
    if (current == nullptr || pending == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    if (!call.gpu().mig_capable()) return NVML_ERROR_NOT_SUPPORTED;
    *current = call.gpu().state.mig_enabled;
    *pending = call.gpu().state.mig_pending;
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceSetMigMode(nvmlDevice_t device, unsigned int mode,
                                  nvmlReturn_t* activationStatus) {
  JournalRecord request;
  request.setting = mode;
  return MakeChange<"nvmlDeviceSetMigMode">(
      device, Accepts::kGpu, Privileges::kAdmin, request, [=](Change& change) {
        if (activationStatus == nullptr || mode > NVML_DEVICE_MIG_ENABLE) {
          return NVML_ERROR_INVALID_ARGUMENT;
        }
        Outcome activation = Outcome::kSuccess;
        const Outcome outcome = SetMigMode(change.call.gpu(), change.state(), change.processes(),
                                           change.transaction.controls().reset_policy,
                                           mode == NVML_DEVICE_MIG_ENABLE, activation);
        *activationStatus = ToNvml(activation);
        if (outcome == Outcome::kSuccess) change.record.activation = *activationStatus;
        return ToNvml(outcome);
      });
}

}  // namespace nvml_abi
