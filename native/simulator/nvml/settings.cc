// Settings of a GPU other than its MIG mode: persistence, compute mode, ECC.
#include "simulator/nvml/changing_call.h"
#include "simulator/nvml/device_call.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

// While MIG mode is on, each MIG device has a compute mode of its own and the
// GPU has none.
abi::nvmlReturn_t ComputeModeRefusal(const Call& call) {
  const bool whole_gpu_in_mig_mode = !call.is_mig_device() && call.gpu().state.mig_enabled;
  return whole_gpu_in_mig_mode ? abi::NVML_ERROR_NOT_SUPPORTED : abi::NVML_SUCCESS;
}

}  // namespace

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetPersistenceMode(abi::nvmlDevice_t device,
                                                             abi::nvmlEnableState_t* mode) {
  return ReadDevice<"nvmlDeviceGetPersistenceMode">(device, Accepts::kGpu, [=](const Call& call) {
    return Give(mode, static_cast<abi::nvmlEnableState_t>(call.gpu().state.persistence_mode));
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceSetPersistenceMode(abi::nvmlDevice_t device,
                                                             abi::nvmlEnableState_t mode) {
  return ChangeSetting<"nvmlDeviceSetPersistenceMode">(
      device, Accepts::kGpu, mode, [=](Change& change) {
        const Call& call = change.call;
        if (mode > abi::NVML_FEATURE_ENABLED) return abi::NVML_ERROR_INVALID_ARGUMENT;
        if (!call.Allows(Privileges::kAdmin)) return abi::NVML_ERROR_NO_PERMISSION;
        change.state().persistence_mode = mode == abi::NVML_FEATURE_ENABLED;
        return abi::NVML_SUCCESS;
      });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetComputeMode(abi::nvmlDevice_t device,
                                                         abi::nvmlComputeMode_t* mode) {
  return ReadDevice<"nvmlDeviceGetComputeMode">(device, Accepts::kEither, [=](const Call& call) {
    if (const auto refused = ComputeModeRefusal(call); refused != abi::NVML_SUCCESS) return refused;
    const std::uint8_t value =
        call.is_mig_device() ? call.compute_instance().compute_mode : call.gpu().state.compute_mode;
    return Give(mode, static_cast<abi::nvmlComputeMode_t>(value));
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceSetComputeMode(abi::nvmlDevice_t device,
                                                         abi::nvmlComputeMode_t mode) {
  return ChangeSetting<"nvmlDeviceSetComputeMode">(
      device, Accepts::kEither, mode, [=](Change& change) {
        const Call& call = change.call;
        if (mode >= abi::NVML_COMPUTEMODE_COUNT) return abi::NVML_ERROR_INVALID_ARGUMENT;
        if (!call.Allows(Privileges::kAdmin)) return abi::NVML_ERROR_NO_PERMISSION;
        if (const auto refused = ComputeModeRefusal(call); refused != abi::NVML_SUCCESS) {
          return refused;
        }
        GpuState& state = change.state();
        std::uint8_t& value = call.is_mig_device()
                                  ? state.instances[call.target.gpu_instance]
                                        .compute_instances[call.target.compute_instance]
                                        .compute_mode
                                  : state.compute_mode;
        value = static_cast<std::uint8_t>(mode);
        return abi::NVML_SUCCESS;
      });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetEccMode(abi::nvmlDevice_t device,
                                                     abi::nvmlEnableState_t* current,
                                                     abi::nvmlEnableState_t* pending) {
  return ReadDevice<"nvmlDeviceGetEccMode">(device, Accepts::kGpu, [=](const Call& call) {
    if (current == nullptr || pending == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
    if (!call.gpu().geometry().ecc) return abi::NVML_ERROR_NOT_SUPPORTED;
    *current = static_cast<abi::nvmlEnableState_t>(call.gpu().state.ecc_enabled);
    *pending = static_cast<abi::nvmlEnableState_t>(call.gpu().state.ecc_pending);
    return abi::NVML_SUCCESS;
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceSetEccMode(abi::nvmlDevice_t device,
                                                     abi::nvmlEnableState_t ecc) {
  return ChangeSetting<"nvmlDeviceSetEccMode">(device, Accepts::kGpu, ecc, [=](Change& change) {
    const Call& call = change.call;
    if (ecc > abi::NVML_FEATURE_ENABLED) return abi::NVML_ERROR_INVALID_ARGUMENT;
    if (!call.gpu().geometry().ecc) return abi::NVML_ERROR_NOT_SUPPORTED;
    if (!call.Allows(Privileges::kAdmin)) return abi::NVML_ERROR_NO_PERMISSION;
    change.state().ecc_pending = ecc == abi::NVML_FEATURE_ENABLED;
    return abi::NVML_SUCCESS;
  });
}

}  // namespace migsim
