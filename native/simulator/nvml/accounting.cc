// Accounting mode and its figures. MIG forces it off.
#include "simulator/nvml/changing_call.h"
#include "simulator/nvml/device_call.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

using namespace nvml_abi;

nvmlReturn_t Refusal(const Call& call) {
  return call.gpu().state.accounting_mode ? NVML_SUCCESS : NVML_ERROR_NOT_SUPPORTED;
}

const Process* FindAccounted(const Call& call, unsigned pid) {
  for (const Process& process : call.reading.processes().all()) {
    if (process.gpu == call.place.gpu && process.pid == pid) return &process;
  }
  return nullptr;
}

// The simulated processes run since the machine was made and keep nothing busy.
template <typename Stats>
nvmlReturn_t GiveStats(const Call& call, unsigned pid, Stats* stats) {
  if (stats == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  if (const auto refused = Refusal(call); refused != NVML_SUCCESS) return refused;
  const Process* process = FindAccounted(call, pid);
  if (process == nullptr) return NVML_ERROR_NOT_FOUND;
  *stats = {};
  stats->maxMemoryUsage = std::uint64_t{process->memory_mib} << 20;
  stats->isRunning = 1;
  if constexpr (requires { stats->pid; }) stats->pid = pid;
  return NVML_SUCCESS;
}

}  // namespace
}  // namespace migsim

namespace nvml_abi {

using namespace migsim;

nvmlReturn_t nvmlDeviceGetAccountingMode(nvmlDevice_t device, nvmlEnableState_t* mode) {
  return ReadDevice<"nvmlDeviceGetAccountingMode">(device, Accepts::kGpu, [=](const Call& call) {
    return Give(mode, static_cast<nvmlEnableState_t>(call.gpu().state.accounting_mode));
  });
}

nvmlReturn_t nvmlDeviceSetAccountingMode(nvmlDevice_t device, nvmlEnableState_t mode) {
  return ChangeSetting<"nvmlDeviceSetAccountingMode">(
      device, Accepts::kGpu, mode, [=](Change& change) {
        const Call& call = change.call;
        if (mode > NVML_FEATURE_ENABLED) return NVML_ERROR_INVALID_ARGUMENT;
        if (!call.Allows(Privileges::kAdmin)) return NVML_ERROR_NO_PERMISSION;
        if (call.gpu().state.mig_enabled) return NVML_ERROR_NOT_SUPPORTED;
        change.state().accounting_mode = mode == NVML_FEATURE_ENABLED;
        return NVML_SUCCESS;
      });
}

nvmlReturn_t nvmlDeviceGetAccountingPids(nvmlDevice_t device, unsigned int* count,
                                         unsigned int* pids) {
  return ReadDevice<"nvmlDeviceGetAccountingPids">(device, Accepts::kGpu, [=](const Call& call) {
    if (count == nullptr || (pids == nullptr && *count != 0)) return NVML_ERROR_INVALID_ARGUMENT;
    if (const auto refused = Refusal(call); refused != NVML_SUCCESS) return refused;
    const unsigned room = *count;
    *count = 0;
    for (const Process& process : call.reading.processes().all()) {
      if (process.gpu != call.place.gpu) continue;
      if (*count < room) pids[*count] = process.pid;
      ++*count;
    }
    return *count <= room ? NVML_SUCCESS : NVML_ERROR_INSUFFICIENT_SIZE;
  });
}

nvmlReturn_t nvmlDeviceGetAccountingStats(nvmlDevice_t device, unsigned int pid,
                                          nvmlAccountingStats_t* stats) {
  return ReadDevice<"nvmlDeviceGetAccountingStats">(
      device, Accepts::kGpu, [=](const Call& call) { return GiveStats(call, pid, stats); });
}

nvmlReturn_t nvmlDeviceGetAccountingStats_v2(nvmlDevice_t device, nvmlAccountingStats_v2_t* stats) {
  return ReadDevice<"nvmlDeviceGetAccountingStats_v2">(
      device, Accepts::kGpu,
      [=](const Call& call) { return GiveStats(call, stats == nullptr ? 0 : stats->pid, stats); });
}

}  // namespace nvml_abi
