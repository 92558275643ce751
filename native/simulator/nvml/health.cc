// Load, error counters and field values of a GPU.
#include <chrono>

#include "simulator/nvml/device_call.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

constexpr DriverVersion kFirstRecoveryFields{565, 57, 1};

// The GPU's answer for one field; `value` is set on NVML_SUCCESS.
abi::nvmlReturn_t FieldValue(const Call& call, unsigned field, unsigned& value) {
  const DriverVersion driver = call.machine.driver();
  const GpuView gpu = call.gpu();
  const bool reset_pending = gpu.state.mig_enabled != gpu.state.mig_pending ||
                             gpu.state.ecc_enabled != gpu.state.ecc_pending;
  const unsigned query_field =
      QueryFieldIs200(driver) ? 200 : abi::NVML_FI_DEV_IS_MIG_MODE_INDEPENDENT_MIG_QUERY_CAPABLE;
  if (field >= abi::NVML_FI_MAX) return abi::NVML_ERROR_INVALID_ARGUMENT;
  if (field == abi::NVML_FI_DEV_IS_RESETLESS_MIG_SUPPORTED && driver >= DriverVersion{535, 43, 2}) {
    value = gpu.mig_capable() && !gpu.geometry().mode_change_needs_reset;
    return abi::NVML_SUCCESS;
  }
  if (field == query_field && driver >= kFirstQueriesWithMigOff) {
    value = gpu.mig_capable();
    return abi::NVML_SUCCESS;
  }
  if (field == abi::NVML_FI_DEV_RESET_STATUS && driver >= kFirstRecoveryFields) {
    value = reset_pending;
    return abi::NVML_SUCCESS;
  }
  if (field == abi::NVML_FI_DEV_GET_GPU_RECOVERY_ACTION && driver >= kFirstRecoveryFields) {
    value = reset_pending ? abi::NVML_GPU_RECOVERY_ACTION_GPU_RESET
                          : abi::NVML_GPU_RECOVERY_ACTION_NONE;
    return abi::NVML_SUCCESS;
  }
  return abi::NVML_ERROR_NOT_SUPPORTED;
}

long long MicrosecondsNow() {
  using std::chrono::duration_cast, std::chrono::microseconds, std::chrono::system_clock;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

// MIG devices only have the counters of errors inside the chip since the last driver load.
bool HasCounter(const Call& call, abi::nvmlMemoryErrorType_t error,
                abi::nvmlEccCounterType_t counter, abi::nvmlMemoryLocation_t location) {
  if (!call.gpu().state.ecc_enabled) return false;
  if (!call.is_mig_device()) return true;
  return error == abi::NVML_MEMORY_ERROR_TYPE_UNCORRECTED && counter == abi::NVML_VOLATILE_ECC &&
         location != abi::NVML_MEMORY_LOCATION_DRAM;
}

}  // namespace

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetUtilizationRates(abi::nvmlDevice_t device,
                                                              abi::nvmlUtilization_t* utilization) {
  return ReadDevice<"nvmlDeviceGetUtilizationRates">(
      device, Accepts::kEither, [=](const Call& call) {
        if (call.gpu().state.mig_enabled) return abi::NVML_ERROR_NOT_SUPPORTED;
        const bool busy = IsBusy(call.reading.processes(), call.target.gpu);
        return Give(utilization, abi::nvmlUtilization_t{busy ? 100u : 0u, 0});
      });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetMemoryErrorCounter(
    abi::nvmlDevice_t device, abi::nvmlMemoryErrorType_t errorType,
    abi::nvmlEccCounterType_t counterType, abi::nvmlMemoryLocation_t locationType,
    unsigned long long* count) {
  return ReadDevice<"nvmlDeviceGetMemoryErrorCounter">(
      device, Accepts::kEither, [=](const Call& call) {
        if (errorType >= abi::NVML_MEMORY_ERROR_TYPE_COUNT ||
            counterType >= abi::NVML_ECC_COUNTER_TYPE_COUNT ||
            locationType >= abi::NVML_MEMORY_LOCATION_COUNT) {
          return abi::NVML_ERROR_INVALID_ARGUMENT;
        }
        if (!HasCounter(call, errorType, counterType, locationType)) {
          return abi::NVML_ERROR_NOT_SUPPORTED;
        }
        return Give(count, 0ull);
      });
}

// NVML's header grants MIG devices only the counters of single memories, in the function above.
// Assumed: these answer invalid argument.
MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetTotalEccErrors(abi::nvmlDevice_t device,
                                                            abi::nvmlMemoryErrorType_t errorType,
                                                            abi::nvmlEccCounterType_t counterType,
                                                            unsigned long long* eccCounts) {
  return ReadDevice<"nvmlDeviceGetTotalEccErrors">(device, Accepts::kGpu, [=](const Call& call) {
    if (errorType >= abi::NVML_MEMORY_ERROR_TYPE_COUNT ||
        counterType >= abi::NVML_ECC_COUNTER_TYPE_COUNT) {
      return abi::NVML_ERROR_INVALID_ARGUMENT;
    }
    if (!call.gpu().state.ecc_enabled) return abi::NVML_ERROR_NOT_SUPPORTED;
    return Give(eccCounts, 0ull);
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetFieldValues(abi::nvmlDevice_t device, int valuesCount,
                                                         abi::nvmlFieldValue_t* values) {
  return ReadDevice<"nvmlDeviceGetFieldValues">(device, Accepts::kEither, [=](const Call& call) {
    if (values == nullptr || valuesCount <= 0) return abi::NVML_ERROR_INVALID_ARGUMENT;
    bool any_known = false;
    for (abi::nvmlFieldValue_t* entry = values; entry != values + valuesCount; ++entry) {
      unsigned value = 0;
      entry->nvmlReturn = FieldValue(call, entry->fieldId, value);
      any_known = any_known || entry->nvmlReturn != abi::NVML_ERROR_INVALID_ARGUMENT;
      entry->timestamp = MicrosecondsNow();
      entry->latencyUsec = 0;
      entry->valueType = abi::NVML_VALUE_TYPE_UNSIGNED_INT;
      entry->value.ullVal = value;
    }
    return any_known ? abi::NVML_SUCCESS : abi::NVML_ERROR_INVALID_ARGUMENT;
  });
}

}  // namespace migsim
