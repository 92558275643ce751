// Lists of the processes on a GPU or MIG device, in the layouts of all drivers.
#include <optional>

#include "simulator/nvml/device_call.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

constexpr std::uint64_t kMiB = 1ull << 20;
constexpr unsigned kArchitectureHopper = abi::NVML_DEVICE_ARCH_HOPPER;

bool IsOn(const SimProcess& process, const Call& call) {
  if (process.gpu != call.target.gpu) return false;
  return !call.is_mig_device() || (process.gpu_instance == call.target.gpu_instance &&
                                   process.compute_instance == call.target.compute_instance);
}

template <typename Info>
void WriteProcess(const SimProcess& process, Info& info) {
  info.pid = process.pid;
  info.usedGpuMemory = process.memory_mib * kMiB;
  if constexpr (requires { info.gpuInstanceId; }) {
    info.gpuInstanceId = process.gpu_instance;
    info.computeInstanceId = process.compute_instance;
  }
  if constexpr (requires { info.usedGpuCcProtectedMemory; }) {
    info.usedGpuCcProtectedMemory = abi::NVML_VALUE_NOT_AVAILABLE;
  }
}

// A client of an MPS server has a compute context as well: "M+C" in the manual of nvidia-smi,
// "Processes".
bool IsListed(ProcessKind kind, std::optional<ProcessKind> wanted) {
  if (kind == ProcessKind::kSubscriber) return false;
  return !wanted || kind == *wanted ||
         (wanted == ProcessKind::kCompute && kind == ProcessKind::kMps);
}

// The count is the array's length on input and the number of processes on output.
template <typename Info>
abi::nvmlReturn_t List(const Call& call, std::optional<ProcessKind> kind, unsigned* count,
                       Info* infos) {
  if (count == nullptr || (infos == nullptr && *count != 0))
    return abi::NVML_ERROR_INVALID_ARGUMENT;
  if (!call.allows_aggregate()) return abi::NVML_ERROR_NO_PERMISSION;
  const unsigned room = *count;
  *count = 0;
  for (const SimProcess& process : call.reading.processes().all()) {
    if (!IsOn(process, call) || !IsListed(process.kind, kind)) continue;
    if (*count < room) WriteProcess(process, infos[*count]);
    ++*count;
  }
  return *count <= room ? abi::NVML_SUCCESS : abi::NVML_ERROR_INSUFFICIENT_SIZE;
}

template <FunctionName kName, typename Info>
abi::nvmlReturn_t ListProcesses(abi::nvmlDevice_t device, ProcessKind kind, unsigned* count,
                                Info* infos) {
  return ReadDevice<kName>(device, Accepts::kEither,
                           [=](const Call& call) { return List(call, kind, count, infos); });
}

template <FunctionName kName>
abi::nvmlReturn_t ListProcessesV3(abi::nvmlDevice_t device, ProcessKind kind, unsigned* count,
                                  abi::nvmlProcessInfo_v2_t* infos) {
  return ReadDevice<kName>(device, Accepts::kEither, [=](const Call& call) {
    if (WideProcessRecords(call.machine.driver())) {
      return List(call, kind, count, reinterpret_cast<abi::nvmlProcessInfo_r535_t*>(infos));
    }
    return List(call, kind, count, infos);
  });
}

// NVML_PROCESS_MODE_* in the order of their values; the last stands for all.
constexpr std::optional<ProcessKind> kModes[] = {ProcessKind::kCompute, ProcessKind::kGraphics,
                                                 ProcessKind::kMps, std::nullopt};
static_assert(std::size(kModes) == abi::NVML_PROCESS_MODE_MAX);

}  // namespace

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetComputeRunningProcesses(
    abi::nvmlDevice_t device, unsigned int* infoCount, abi::nvmlProcessInfo_v1_t* infos) {
  return ListProcesses<"nvmlDeviceGetComputeRunningProcesses">(device, ProcessKind::kCompute,
                                                               infoCount, infos);
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v2(
    abi::nvmlDevice_t device, unsigned int* infoCount, abi::nvmlProcessInfo_v2_t* infos) {
  return ListProcesses<"nvmlDeviceGetComputeRunningProcesses_v2">(device, ProcessKind::kCompute,
                                                                  infoCount, infos);
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v3(
    abi::nvmlDevice_t device, unsigned int* infoCount, abi::nvmlProcessInfo_v2_t* infos) {
  return ListProcessesV3<"nvmlDeviceGetComputeRunningProcesses_v3">(device, ProcessKind::kCompute,
                                                                    infoCount, infos);
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses(
    abi::nvmlDevice_t device, unsigned int* infoCount, abi::nvmlProcessInfo_v1_t* infos) {
  return ListProcesses<"nvmlDeviceGetGraphicsRunningProcesses">(device, ProcessKind::kGraphics,
                                                                infoCount, infos);
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v2(
    abi::nvmlDevice_t device, unsigned int* infoCount, abi::nvmlProcessInfo_v2_t* infos) {
  return ListProcesses<"nvmlDeviceGetGraphicsRunningProcesses_v2">(device, ProcessKind::kGraphics,
                                                                   infoCount, infos);
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v3(
    abi::nvmlDevice_t device, unsigned int* infoCount, abi::nvmlProcessInfo_v2_t* infos) {
  return ListProcessesV3<"nvmlDeviceGetGraphicsRunningProcesses_v3">(device, ProcessKind::kGraphics,
                                                                     infoCount, infos);
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetMPSComputeRunningProcesses(
    abi::nvmlDevice_t device, unsigned int* infoCount, abi::nvmlProcessInfo_v1_t* infos) {
  return ListProcesses<"nvmlDeviceGetMPSComputeRunningProcesses">(device, ProcessKind::kMps,
                                                                  infoCount, infos);
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetMPSComputeRunningProcesses_v2(
    abi::nvmlDevice_t device, unsigned int* infoCount, abi::nvmlProcessInfo_v2_t* infos) {
  return ListProcesses<"nvmlDeviceGetMPSComputeRunningProcesses_v2">(device, ProcessKind::kMps,
                                                                     infoCount, infos);
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetMPSComputeRunningProcesses_v3(
    abi::nvmlDevice_t device, unsigned int* infoCount, abi::nvmlProcessInfo_v2_t* infos) {
  return ListProcessesV3<"nvmlDeviceGetMPSComputeRunningProcesses_v3">(device, ProcessKind::kMps,
                                                                       infoCount, infos);
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetRunningProcessDetailList(
    abi::nvmlDevice_t device, abi::nvmlProcessDetailList_v1_t* details) {
  return ReadDevice<"nvmlDeviceGetRunningProcessDetailList">(
      device, Accepts::kEither, [=](const Call& call) {
        if (details == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
        if (details->version != abi::nvmlProcessDetailList_v1_version) {
          return abi::NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
        }
        if (details->mode >= abi::NVML_PROCESS_MODE_MAX) return abi::NVML_ERROR_INVALID_ARGUMENT;
        if (call.gpu().geometry().architecture < kArchitectureHopper) {
          return abi::NVML_ERROR_NOT_SUPPORTED;
        }
        return List(call, kModes[details->mode], &details->numProcArrayEntries, details->procArray);
      });
}

}  // namespace migsim
