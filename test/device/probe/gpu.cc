#include "guarded.h"
#include "questions.h"

namespace migprobe {

using namespace nvml_abi;

void ask_system(const Subject& system) {
  char text[80] = "";
  NVML_CALL(system, nvmlSystemGetNVMLVersion).make(text, sizeof(text)).out("version", text);
  NVML_CALL(system, nvmlSystemGetDriverVersion).make(text, sizeof(text)).out("version", text);
  nvmlSystemDriverBranchInfo_v1_t branch{};
  branch.version = nvmlSystemDriverBranchInfo_v1_version;
  NVML_CALL(system, nvmlSystemGetDriverBranch)
      .make(&branch, static_cast<unsigned>(sizeof(branch.branch)))
      .out("branch", branch.branch);
  // Not its _v2, which loads CUDA's library into the process.
  int cuda = 0;
  NVML_CALL(system, nvmlSystemGetCudaDriverVersion).make(&cuda).out("version", cuda);
  unsigned count = 0;
  NVML_CALL(system, nvmlDeviceGetCount).make(&count).out("count", count);
  NVML_CALL(system, nvmlDeviceGetCount_v2).make(&count).out("count", count);
}

// Also asked of a MIG device, where nobody has written down what most of these answer.
void ask_gpu(const Subject& gpu, nvmlDevice_t handle) {
  char name[96] = "";
  NVML_CALL(gpu, nvmlDeviceGetName).make(handle, name, sizeof(name)).out("name", name);
  unsigned number = 0;
  NVML_CALL(gpu, nvmlDeviceGetIndex).make(handle, &number).out("index", number);
  NVML_CALL(gpu, nvmlDeviceGetMinorNumber).make(handle, &number).out("minor", number);
  nvmlPciInfo_t pci{};
  NVML_CALL(gpu, nvmlDeviceGetPciInfo_v3)
      .make(handle, &pci)
      .out("busId", pci.busId)
      .out("busIdLegacy", pci.busIdLegacy)
      .out("pciDeviceId", pci.pciDeviceId);
  nvmlPciInfoExt_v1_t extended{};
  extended.version = nvmlPciInfoExt_v1_version;
  NVML_CALL(gpu, nvmlDeviceGetPciInfoExt)
      .make(handle, &extended)
      .out("busId", extended.busId)
      .out("baseClass", extended.baseClass)
      .out("subClass", extended.subClass);
  nvmlBrandType_t brand{};
  NVML_CALL(gpu, nvmlDeviceGetBrand).make(handle, &brand).out("brand", brand);
  nvmlDeviceArchitecture_t architecture{};
  NVML_CALL(gpu, nvmlDeviceGetArchitecture)
      .make(handle, &architecture)
      .out("architecture", architecture);
  int major = 0;
  int minor = 0;
  NVML_CALL(gpu, nvmlDeviceGetCudaComputeCapability)
      .make(handle, &major, &minor)
      .out("major", major)
      .out("minor", minor);
  nvmlGpuVirtualizationMode_t virtualization{};
  NVML_CALL(gpu, nvmlDeviceGetVirtualizationMode)
      .make(handle, &virtualization)
      .out("mode", virtualization);
  nvmlEnableState_t state{};
  nvmlEnableState_t pending_state{};
  NVML_CALL(gpu, nvmlDeviceGetPersistenceMode).make(handle, &state).out("mode", state);
  NVML_CALL(gpu, nvmlDeviceGetAccountingMode).make(handle, &state).out("mode", state);
  NVML_CALL(gpu, nvmlDeviceGetEccMode)
      .make(handle, &state, &pending_state)
      .out("current", state)
      .out("pending", pending_state);
  nvmlComputeMode_t compute{};
  NVML_CALL(gpu, nvmlDeviceGetComputeMode).make(handle, &compute).out("mode", compute);
  unsigned current = 0;
  unsigned pending = 0;
  NVML_CALL(gpu, nvmlDeviceGetMigMode)
      .make(handle, &current, &pending)
      .out("current", current)
      .out("pending", pending);
  NVML_CALL(gpu, nvmlDeviceIsMigDeviceHandle).make(handle, &number).out("isMigDevice", number);
  NVML_CALL(gpu, nvmlDeviceGetMaxMigDeviceCount).make(handle, &number).out("count", number);
  NVML_CALL(gpu, nvmlDeviceGetGpuInstanceId).make(handle, &number).out("id", number);
  NVML_CALL(gpu, nvmlDeviceGetComputeInstanceId).make(handle, &number).out("id", number);
  nvmlMemory_t memory{};
  NVML_CALL(gpu, nvmlDeviceGetMemoryInfo).make(handle, &memory).out("total", memory.total);
  nvmlMemory_v2_t memory_v2{};
  memory_v2.version = nvmlMemory_v2_version;
  NVML_CALL(gpu, nvmlDeviceGetMemoryInfo_v2)
      .make(handle, &memory_v2)
      .out("total", memory_v2.total)
      .out("reserved", memory_v2.reserved);
  nvmlBAR1Memory_t bar1{};
  NVML_CALL(gpu, nvmlDeviceGetBAR1MemoryInfo).make(handle, &bar1).out("total", bar1.bar1Total);
  nvmlDeviceAttributes_t attributes{};
  NVML_CALL(gpu, nvmlDeviceGetAttributes_v2)
      .make(handle, &attributes)
      .out("multiprocessorCount", attributes.multiprocessorCount)
      .out("sharedCopyEngineCount", attributes.sharedCopyEngineCount)
      .out("gpuInstanceSliceCount", attributes.gpuInstanceSliceCount)
      .out("computeInstanceSliceCount", attributes.computeInstanceSliceCount)
      .out("memorySizeMB", attributes.memorySizeMB);
  nvmlUtilization_t utilization{};
  NVML_CALL(gpu, nvmlDeviceGetUtilizationRates).make(handle, &utilization);
  // 199 and 200 changed places in R555 to R565.
  for (const unsigned field : {184u, 199u, 200u, 226u, 230u}) {
    nvmlFieldValue_t value{};
    value.fieldId = field;
    NVML_CALL(gpu, nvmlDeviceGetFieldValues)
        .in("field", field)
        .make(handle, 1, &value)
        .out("ret", value.nvmlReturn)
        .out("valueType", value.valueType)
        .out("value", value.nvmlReturn == NVML_SUCCESS ? value.value.uiVal : 0u);
  }
}

namespace {

// The list of the real size of its elements, by the bytes that were written: drivers have changed
// it under one name. Who the processes are stays in this program.
template <typename Element, typename Function>
void ask_list(Call<Function> list, nvmlDevice_t handle) {
  Guarded<Element> processes;
  unsigned count = processes.kRoom;
  list.in("count", count)
      .make(handle, &count, processes.data())
      .left("count", count)
      .left("bytesWritten", processes.bytes_written());
}

}  // namespace

void ask_processes(const Subject& gpu, nvmlDevice_t handle) {
  ask_list<nvmlProcessInfo_v1_t>(NVML_CALL(gpu, nvmlDeviceGetComputeRunningProcesses), handle);
  ask_list<nvmlProcessInfo_v2_t>(NVML_CALL(gpu, nvmlDeviceGetComputeRunningProcesses_v2), handle);
  ask_list<nvmlProcessInfo_v2_t>(NVML_CALL(gpu, nvmlDeviceGetComputeRunningProcesses_v3), handle);
  ask_list<nvmlProcessInfo_v2_t>(NVML_CALL(gpu, nvmlDeviceGetGraphicsRunningProcesses_v3), handle);
  ask_list<nvmlProcessInfo_v2_t>(NVML_CALL(gpu, nvmlDeviceGetMPSComputeRunningProcesses_v3),
                                 handle);
  unsigned count = 0;
  NVML_CALL(gpu, nvmlDeviceGetComputeRunningProcesses_v3)
      .in("count", 0u)
      .make(handle, &count, nullptr)
      .left("count", count);
}

// An event set belongs to this process; nothing is waited for.
void ask_events(const Subject& gpu, nvmlDevice_t handle) {
  unsigned long long types = 0;
  NVML_CALL(gpu, nvmlDeviceGetSupportedEventTypes).make(handle, &types).out("types", types);
  nvmlEventSet_t set = nullptr;
  if (!NVML_CALL(gpu, nvmlEventSetCreate).make(&set).ok()) return;
  NVML_CALL(gpu, nvmlDeviceRegisterEvents)
      .in("types", nvmlEventMigConfigChange)
      .make(handle, nvmlEventMigConfigChange, set);
  NVML_CALL(gpu, nvmlEventSetFree).make(set);
}

}  // namespace migprobe
