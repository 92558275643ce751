// Settings of a GPU other than its MIG mode: persistence, compute mode, ECC.
#include "simulator/nvml/changing_call.h"
#include "simulator/nvml/device_call.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

using namespace nvml_abi;

// While MIG mode is on, each MIG device has a compute mode of its own and the
// GPU has none.
nvmlReturn_t ComputeModeRefusal(const Call& call) {
  const bool whole_gpu_in_mig_mode = !call.is_mig_device() && call.gpu().state.mig_enabled;
  return whole_gpu_in_mig_mode ? NVML_ERROR_NOT_SUPPORTED : NVML_SUCCESS;
}

}  // namespace
}  // namespace migsim

namespace nvml_abi {

using namespace migsim;

nvmlReturn_t nvmlDeviceGetPersistenceMode(nvmlDevice_t device, nvmlEnableState_t* mode) {
  return ReadDevice<"nvmlDeviceGetPersistenceMode">(device, Accepts::kGpu, [=](const Call& call) {
    return Give(mode, static_cast<nvmlEnableState_t>(call.gpu().state.persistence_mode));
  });
}

nvmlReturn_t nvmlDeviceSetPersistenceMode(nvmlDevice_t device, nvmlEnableState_t mode) {
  return ChangeSetting<"nvmlDeviceSetPersistenceMode">(
      device, Accepts::kGpu, mode, [=](Change& change) {
        const Call& call = change.call;
        if (mode > NVML_FEATURE_ENABLED) return NVML_ERROR_INVALID_ARGUMENT;
        if (!call.Allows(Privileges::kAdmin)) return NVML_ERROR_NO_PERMISSION;
        change.state().persistence_mode = mode == NVML_FEATURE_ENABLED;
        return NVML_SUCCESS;
      });
}

nvmlReturn_t nvmlDeviceGetComputeMode(nvmlDevice_t device, nvmlComputeMode_t* mode) {
  return ReadDevice<"nvmlDeviceGetComputeMode">(device, Accepts::kEither, [=](const Call& call) {
    if (const auto refused = ComputeModeRefusal(call); refused != NVML_SUCCESS) return refused;
    const std::uint8_t value =
        call.is_mig_device() ? call.compute_instance().compute_mode : call.gpu().state.compute_mode;
    return Give(mode, static_cast<nvmlComputeMode_t>(value));
  });
}

nvmlReturn_t nvmlDeviceSetComputeMode(nvmlDevice_t device, nvmlComputeMode_t mode) {
  return ChangeSetting<"nvmlDeviceSetComputeMode">(
      device, Accepts::kEither, mode, [=](Change& change) {
        const Call& call = change.call;
        if (mode >= NVML_COMPUTEMODE_COUNT) return NVML_ERROR_INVALID_ARGUMENT;
        if (!call.Allows(Privileges::kAdmin)) return NVML_ERROR_NO_PERMISSION;
        if (const auto refused = ComputeModeRefusal(call); refused != NVML_SUCCESS) {
          return refused;
        }
        GpuState& state = change.state();
        std::uint8_t& value = call.is_mig_device()
                                  ? state.instances[call.place.gpu_instance]
                                        .compute_instances[call.place.compute_instance]
                                        .compute_mode
                                  : state.compute_mode;
        value = static_cast<std::uint8_t>(mode);
        return NVML_SUCCESS;
      });
}

nvmlReturn_t nvmlDeviceGetEccMode(nvmlDevice_t device, nvmlEnableState_t* current,
                                  nvmlEnableState_t* pending) {
  return ReadDevice<"nvmlDeviceGetEccMode">(device, Accepts::kGpu, [=](const Call& call) {
    if (current == nullptr || pending == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    if (!call.gpu().geometry().ecc) return NVML_ERROR_NOT_SUPPORTED;
    *current = static_cast<nvmlEnableState_t>(call.gpu().state.ecc_enabled);
    *pending = static_cast<nvmlEnableState_t>(call.gpu().state.ecc_pending);
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceSetEccMode(nvmlDevice_t device, nvmlEnableState_t ecc) {
  return ChangeSetting<"nvmlDeviceSetEccMode">(device, Accepts::kGpu, ecc, [=](Change& change) {
    const Call& call = change.call;
    if (ecc > NVML_FEATURE_ENABLED) return NVML_ERROR_INVALID_ARGUMENT;
    if (!call.gpu().geometry().ecc) return NVML_ERROR_NOT_SUPPORTED;
    if (!call.Allows(Privileges::kAdmin)) return NVML_ERROR_NO_PERMISSION;
    change.state().ecc_pending = ecc == NVML_FEATURE_ENABLED;
    return NVML_SUCCESS;
  });
}

}  // namespace nvml_abi
