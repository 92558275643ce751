// Lists of the processes on a GPU or MIG device, in all the layouts that drivers have written.
#include <optional>

#include "simulator/nvml/device_call.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

using namespace nvml_abi;

constexpr std::uint64_t kMiB = 1ull << 20;
constexpr unsigned kArchitectureHopper = NVML_DEVICE_ARCH_HOPPER;

bool is_on(const Process& process, const Call& call) {
  if (process.gpu != call.place.gpu) return false;
  return !call.is_mig_device() || (process.gpu_instance == call.place.gpu_instance &&
                                   process.compute_instance == call.place.compute_instance);
}

template <typename Info>
void write_process(const Process& process, Info& info) {
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
bool is_listed(ProcessKind kind, std::optional<ProcessKind> wanted) {
  if (kind == ProcessKind::kSubscriber) return false;
  return !wanted || kind == *wanted ||
         (wanted == ProcessKind::kCompute && kind == ProcessKind::kMps);
}

// The count is the room on the way in and the number of processes on the way out.
template <typename Info>
nvmlReturn_t list(const Call& call, std::optional<ProcessKind> kind, unsigned* count, Info* infos) {
  if (count == nullptr || (infos == nullptr && *count != 0)) return NVML_ERROR_INVALID_ARGUMENT;
  if (!call.allows_aggregate()) return NVML_ERROR_NO_PERMISSION;
  const unsigned room = *count;
  *count = 0;
  for (const Process& process : call.reading.processes().all()) {
    if (!is_on(process, call) || !is_listed(process.kind, kind)) continue;
    if (*count < room) write_process(process, infos[*count]);
    ++*count;
  }
  return *count <= room ? NVML_SUCCESS : NVML_ERROR_INSUFFICIENT_SIZE;
}

template <FunctionName kName, typename Info>
nvmlReturn_t list_processes(nvmlDevice_t device, ProcessKind kind, unsigned* count, Info* infos) {
  return read_device<kName>(device, Accepts::kEither,
                            [=](const Call& call) { return list(call, kind, count, infos); });
}

template <FunctionName kName>
nvmlReturn_t list_processes_v3(nvmlDevice_t device, ProcessKind kind, unsigned* count,
                               nvmlProcessInfo_v2_t* infos) {
  return read_device<kName>(device, Accepts::kEither, [=](const Call& call) {
    if (wide_process_records(call.machine.driver())) {
      return list(call, kind, count, reinterpret_cast<nvmlProcessInfo_r535_t*>(infos));
    }
    return list(call, kind, count, infos);
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
  return list_processes<"nvmlDeviceGetComputeRunningProcesses">(device, ProcessKind::kCompute,
                                                                infoCount, infos);
}

nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v2(nvmlDevice_t device, unsigned int* infoCount,
                                                     nvmlProcessInfo_v2_t* infos) {
  return list_processes<"nvmlDeviceGetComputeRunningProcesses_v2">(device, ProcessKind::kCompute,
                                                                   infoCount, infos);
}

nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v3(nvmlDevice_t device, unsigned int* infoCount,
                                                     nvmlProcessInfo_v2_t* infos) {
  return list_processes_v3<"nvmlDeviceGetComputeRunningProcesses_v3">(device, ProcessKind::kCompute,
                                                                      infoCount, infos);
}

nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses(nvmlDevice_t device, unsigned int* infoCount,
                                                   nvmlProcessInfo_v1_t* infos) {
  return list_processes<"nvmlDeviceGetGraphicsRunningProcesses">(device, ProcessKind::kGraphics,
                                                                 infoCount, infos);
}

nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v2(nvmlDevice_t device, unsigned int* infoCount,
                                                      nvmlProcessInfo_v2_t* infos) {
  return list_processes<"nvmlDeviceGetGraphicsRunningProcesses_v2">(device, ProcessKind::kGraphics,
                                                                    infoCount, infos);
}

nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v3(nvmlDevice_t device, unsigned int* infoCount,
                                                      nvmlProcessInfo_v2_t* infos) {
  return list_processes_v3<"nvmlDeviceGetGraphicsRunningProcesses_v3">(
      device, ProcessKind::kGraphics, infoCount, infos);
}

nvmlReturn_t nvmlDeviceGetMPSComputeRunningProcesses(nvmlDevice_t device, unsigned int* infoCount,
                                                     nvmlProcessInfo_v1_t* infos) {
  return list_processes<"nvmlDeviceGetMPSComputeRunningProcesses">(device, ProcessKind::kMps,
                                                                   infoCount, infos);
}

nvmlReturn_t nvmlDeviceGetMPSComputeRunningProcesses_v2(nvmlDevice_t device,
                                                        unsigned int* infoCount,
                                                        nvmlProcessInfo_v2_t* infos) {
  return list_processes<"nvmlDeviceGetMPSComputeRunningProcesses_v2">(device, ProcessKind::kMps,
                                                                      infoCount, infos);
}

nvmlReturn_t nvmlDeviceGetMPSComputeRunningProcesses_v3(nvmlDevice_t device,
                                                        unsigned int* infoCount,
                                                        nvmlProcessInfo_v2_t* infos) {
  return list_processes_v3<"nvmlDeviceGetMPSComputeRunningProcesses_v3">(device, ProcessKind::kMps,
                                                                         infoCount, infos);
}

nvmlReturn_t nvmlDeviceGetRunningProcessDetailList(nvmlDevice_t device,
                                                   nvmlProcessDetailList_v1_t* details) {
  return read_device<"nvmlDeviceGetRunningProcessDetailList">(
      device, Accepts::kEither, [=](const Call& call) {
        if (details == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        if (details->version != nvmlProcessDetailList_v1_version) {
          return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
        }
        if (details->mode >= NVML_PROCESS_MODE_MAX) return NVML_ERROR_INVALID_ARGUMENT;
        if (call.gpu().geometry().architecture < kArchitectureHopper) {
          return NVML_ERROR_NOT_SUPPORTED;
        }
        return list(call, kModes[details->mode], &details->numProcArrayEntries, details->procArray);
      });
}

}  // namespace nvml_abi
