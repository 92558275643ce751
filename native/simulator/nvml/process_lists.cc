// Lists of the processes on a GPU or MIG device, in all the layouts that drivers have written.
#include <optional>

#include "simulator/nvml/device_call.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

using namespace nvml_abi;

constexpr std::uint64_t kMiB = 1ull << 20;
constexpr unsigned kArchitectureHopper = NVML_DEVICE_ARCH_HOPPER;

bool IsOn(const Process& process, const Call& call) {
  if (process.gpu != call.place.gpu) return false;
  return !call.is_mig_device() || (process.gpu_instance == call.place.gpu_instance &&
                                   process.compute_instance == call.place.compute_instance);
}

template <typename Info>
void WriteProcess(const Process& process, Info& info) {
  info.pid = process.pid;
  info.usedGpuMemory = process.memory_mib * kMiB;
  if constexpr (requires { info.gpuInstanceId; }) {
    info.gpuInstanceId = process.gpu_instance;
    info.computeInstanceId = process.compute_instance;
  }
  if constexpr (requires { info.usedGpuCcProtectedMemory; }) {
    info.usedGpuCcProtectedMemory = NVML_VALUE_NOT_AVAILABLE;
  }
}

// A client of an MPS server has a compute context as well: "M+C" in the manual of nvidia-smi,
// "Processes".
bool IsListed(ProcessKind kind, std::optional<ProcessKind> wanted) {
  if (kind == ProcessKind::kSubscriber) return false;
  return !wanted || kind == *wanted ||
         (wanted == ProcessKind::kCompute && kind == ProcessKind::kMps);
}

// The count is the room on the way in and the number of processes on the way out.
template <typename Info>
nvmlReturn_t List(const Call& call, std::optional<ProcessKind> kind, unsigned* count, Info* infos) {
  if (count == nullptr || (infos == nullptr && *count != 0)) return NVML_ERROR_INVALID_ARGUMENT;
  if (!call.allows_aggregate()) return NVML_ERROR_NO_PERMISSION;
  const unsigned room = *count;
  *count = 0;
  for (const Process& process : call.reading.processes().all()) {
    if (!IsOn(process, call) || !IsListed(process.kind, kind)) continue;
    if (*count < room) WriteProcess(process, infos[*count]);
    ++*count;
  }
  return *count <= room ? NVML_SUCCESS : NVML_ERROR_INSUFFICIENT_SIZE;
}

template <FunctionName kName, typename Info>
nvmlReturn_t ListProcesses(nvmlDevice_t device, ProcessKind kind, unsigned* count, Info* infos) {
  return ReadDevice<kName>(device, Accepts::kEither,
                           [=](const Call& call) { return List(call, kind, count, infos); });
}

template <FunctionName kName>
nvmlReturn_t ListProcessesV3(nvmlDevice_t device, ProcessKind kind, unsigned* count,
                             nvmlProcessInfo_v2_t* infos) {
  return ReadDevice<kName>(device, Accepts::kEither, [=](const Call& call) {
    if (WideProcessRecords(call.machine.driver())) {
      return List(call, kind, count, reinterpret_cast<nvmlProcessInfo_r535_t*>(infos));
    }
    return List(call, kind, count, infos);
  });
}

// NVML_PROCESS_MODE_* in the order of their values; the last stands for all.
constexpr std::optional<ProcessKind> kModes[] = {ProcessKind::kCompute, ProcessKind::kGraphics,
                                                 ProcessKind::kMps, std::nullopt};
static_assert(std::size(kModes) == NVML_PROCESS_MODE_MAX);

}  // namespace
}  // namespace migsim

namespace nvml_abi {

using namespace migsim;

nvmlReturn_t nvmlDeviceGetComputeRunningProcesses(nvmlDevice_t device, unsigned int* infoCount,
                                                  nvmlProcessInfo_v1_t* infos) {
  return ListProcesses<"nvmlDeviceGetComputeRunningProcesses">(device, ProcessKind::kCompute,
                                                               infoCount, infos);
}

nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v2(nvmlDevice_t device, unsigned int* infoCount,
                                                     nvmlProcessInfo_v2_t* infos) {
  return ListProcesses<"nvmlDeviceGetComputeRunningProcesses_v2">(device, ProcessKind::kCompute,
                                                                  infoCount, infos);
}

nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v3(nvmlDevice_t device, unsigned int* infoCount,
                                                     nvmlProcessInfo_v2_t* infos) {
  return ListProcessesV3<"nvmlDeviceGetComputeRunningProcesses_v3">(device, ProcessKind::kCompute,
                                                                    infoCount, infos);
}

nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses(nvmlDevice_t device, unsigned int* infoCount,
                                                   nvmlProcessInfo_v1_t* infos) {
  return ListProcesses<"nvmlDeviceGetGraphicsRunningProcesses">(device, ProcessKind::kGraphics,
                                                                infoCount, infos);
}

nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v2(nvmlDevice_t device, unsigned int* infoCount,
                                                      nvmlProcessInfo_v2_t* infos) {
  return ListProcesses<"nvmlDeviceGetGraphicsRunningProcesses_v2">(device, ProcessKind::kGraphics,
                                                                   infoCount, infos);
}

nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v3(nvmlDevice_t device, unsigned int* infoCount,
                                                      nvmlProcessInfo_v2_t* infos) {
  return ListProcessesV3<"nvmlDeviceGetGraphicsRunningProcesses_v3">(device, ProcessKind::kGraphics,
                                                                     infoCount, infos);
}

nvmlReturn_t nvmlDeviceGetMPSComputeRunningProcesses(nvmlDevice_t device, unsigned int* infoCount,
                                                     nvmlProcessInfo_v1_t* infos) {
  return ListProcesses<"nvmlDeviceGetMPSComputeRunningProcesses">(device, ProcessKind::kMps,
                                                                  infoCount, infos);
}

nvmlReturn_t nvmlDeviceGetMPSComputeRunningProcesses_v2(nvmlDevice_t device,
                                                        unsigned int* infoCount,
                                                        nvmlProcessInfo_v2_t* infos) {
  return ListProcesses<"nvmlDeviceGetMPSComputeRunningProcesses_v2">(device, ProcessKind::kMps,
                                                                     infoCount, infos);
}

nvmlReturn_t nvmlDeviceGetMPSComputeRunningProcesses_v3(nvmlDevice_t device,
                                                        unsigned int* infoCount,
                                                        nvmlProcessInfo_v2_t* infos) {
  return ListProcessesV3<"nvmlDeviceGetMPSComputeRunningProcesses_v3">(device, ProcessKind::kMps,
                                                                       infoCount, infos);
}

nvmlReturn_t nvmlDeviceGetRunningProcessDetailList(nvmlDevice_t device,
                                                   nvmlProcessDetailList_v1_t* details) {
  return ReadDevice<"nvmlDeviceGetRunningProcessDetailList">(
      device, Accepts::kEither, [=](const Call& call) {
        if (details == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        if (details->version != nvmlProcessDetailList_v1_version) {
          return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
        }
        if (details->mode >= NVML_PROCESS_MODE_MAX) return NVML_ERROR_INVALID_ARGUMENT;
        if (call.gpu().geometry().architecture < kArchitectureHopper) {
          return NVML_ERROR_NOT_SUPPORTED;
        }
        return List(call, kModes[details->mode], &details->numProcArrayEntries, details->procArray);
      });
}

}  // namespace nvml_abi
