// Accounting mode and its figures. MIG turns it off.
#include "simulator/nvml/changing_call.h"
#include "simulator/nvml/device_call.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

abi::nvmlReturn_t Refusal(const Call& call) {
  return call.gpu().state.accounting_mode ? abi::NVML_SUCCESS : abi::NVML_ERROR_NOT_SUPPORTED;
}

const SimProcess* FindAccounted(const Call& call, unsigned pid) {
  for (const SimProcess& process : call.reading.processes().all()) {
    if (process.gpu == call.target.gpu && process.pid == pid) return &process;
  }
  return nullptr;
}

// The simulated processes have run since the machine was created and cause no load.
template <typename Stats>
abi::nvmlReturn_t GiveStats(const Call& call, unsigned pid, Stats* stats) {
  if (stats == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
  if (const auto refused = Refusal(call); refused != abi::NVML_SUCCESS) return refused;
  const SimProcess* process = FindAccounted(call, pid);
  if (process == nullptr) return abi::NVML_ERROR_NOT_FOUND;
  *stats = {};
  stats->maxMemoryUsage = std::uint64_t{process->memory_mib} << 20;
  stats->isRunning = 1;
  if constexpr (requires { stats->pid; }) stats->pid = pid;
  return abi::NVML_SUCCESS;
}

}  // namespace

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetAccountingMode(abi::nvmlDevice_t device,
                                                            abi::nvmlEnableState_t* mode) {
  return ReadDevice<"nvmlDeviceGetAccountingMode">(device, Accepts::kGpu, [=](const Call& call) {
    return Give(mode, static_cast<abi::nvmlEnableState_t>(call.gpu().state.accounting_mode));
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceSetAccountingMode(abi::nvmlDevice_t device,
                                                            abi::nvmlEnableState_t mode) {
  return ChangeSetting<"nvmlDeviceSetAccountingMode">(
      device, Accepts::kGpu, mode, [=](Change& change) {
        const Call& call = change.call;
        if (mode > abi::NVML_FEATURE_ENABLED) return abi::NVML_ERROR_INVALID_ARGUMENT;
        if (!call.Allows(Privileges::kAdmin)) return abi::NVML_ERROR_NO_PERMISSION;
        if (call.gpu().state.mig_enabled) return abi::NVML_ERROR_NOT_SUPPORTED;
        change.state().accounting_mode = mode == abi::NVML_FEATURE_ENABLED;
        return abi::NVML_SUCCESS;
      });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetAccountingPids(abi::nvmlDevice_t device,
                                                            unsigned int* count,
                                                            unsigned int* pids) {
  return ReadDevice<"nvmlDeviceGetAccountingPids">(device, Accepts::kGpu, [=](const Call& call) {
    if (count == nullptr || (pids == nullptr && *count != 0))
      return abi::NVML_ERROR_INVALID_ARGUMENT;
    if (const auto refused = Refusal(call); refused != abi::NVML_SUCCESS) return refused;
    const unsigned room = *count;
    *count = 0;
    for (const SimProcess& process : call.reading.processes().all()) {
      if (process.gpu != call.target.gpu) continue;
      if (*count < room) pids[*count] = process.pid;
      ++*count;
    }
    return *count <= room ? abi::NVML_SUCCESS : abi::NVML_ERROR_INSUFFICIENT_SIZE;
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetAccountingStats(abi::nvmlDevice_t device,
                                                             unsigned int pid,
                                                             abi::nvmlAccountingStats_t* stats) {
  return ReadDevice<"nvmlDeviceGetAccountingStats">(
      device, Accepts::kGpu, [=](const Call& call) { return GiveStats(call, pid, stats); });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetAccountingStats_v2(
    abi::nvmlDevice_t device, abi::nvmlAccountingStats_v2_t* stats) {
  return ReadDevice<"nvmlDeviceGetAccountingStats_v2">(
      device, Accepts::kGpu,
      [=](const Call& call) { return GiveStats(call, stats == nullptr ? 0 : stats->pid, stats); });
}

}  // namespace migsim
