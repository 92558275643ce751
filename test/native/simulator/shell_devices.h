// The commands of nvml_shell about GPUs and MIG devices.
#ifndef MIG_NVML_TEST_SHELL_DEVICES_H_
#define MIG_NVML_TEST_SHELL_DEVICES_H_

#include <vector>

#include "shell_words.h"

namespace shell {

using namespace nvml_abi;

inline Answer ProfileInfo(std::istream& in) {
  std::string gpu;
  unsigned index = 0;
  in >> gpu >> index;
  nvmlGpuInstanceProfileInfo_t info = {};
  const auto ret = NVML(nvmlDeviceGetGpuInstanceProfileInfo)(DeviceOf(gpu), index, &info);
  if (ret != NVML_SUCCESS) return {ret, ""};
  return {ret, Member("id", info.id) + Member("memorySizeMB", info.memorySizeMB)};
}

inline Answer Identity(std::istream& in) {
  std::string word;
  in >> word;
  const nvmlDevice_t device = DeviceOf(word);
  char name[96] = "";
  char uuid[96] = "";
  unsigned index = ~0u;
  NVML(nvmlDeviceGetName)(device, name, sizeof name);
  NVML(nvmlDeviceGetIndex)(device, &index);
  const auto ret = NVML(nvmlDeviceGetUUID)(device, uuid, sizeof uuid);
  return {ret, TextMember("name", name) + TextMember("uuid", uuid) + Member("index", index)};
}

inline Answer ByUuid(std::istream& in) {
  std::string uuid;
  in >> uuid;
  nvmlDevice_t device = nullptr;
  const auto ret = NVML(nvmlDeviceGetHandleByUUID)(uuid.c_str(), &device);
  if (ret != NVML_SUCCESS) return {ret, ""};
  unsigned is_mig = 0;
  unsigned gi = ~0u;
  unsigned ci = ~0u;
  NVML(nvmlDeviceIsMigDeviceHandle)(device, &is_mig);
  if (is_mig != 0) {
    NVML(nvmlDeviceGetGpuInstanceId)(device, &gi);
    NVML(nvmlDeviceGetComputeInstanceId)(device, &ci);
  }
  return {ret, Member("isMig", is_mig) + Member("gi", gi) + Member("ci", ci)};
}

// processes gpu0 ROOM [mps]
inline Answer Processes(std::istream& in) {
  std::string word;
  std::string kind;
  unsigned room = 0;
  in >> word >> room >> kind;
  std::vector<nvmlProcessInfo_v2_t> infos(room);
  unsigned count = room;
  const auto function = kind == "mps" ? NVML(nvmlDeviceGetMPSComputeRunningProcesses_v3)
                                      : NVML(nvmlDeviceGetComputeRunningProcesses_v3);
  const auto ret = function(DeviceOf(word), &count, room == 0 ? nullptr : infos.data());
  std::string list;
  for (unsigned i = 0; ret == NVML_SUCCESS && i < count; ++i) {
    list += (i == 0 ? "{" : ",{") + Member("pid", infos[i].pid).substr(1) +
            Member("gi", infos[i].gpuInstanceId) + Member("ci", infos[i].computeInstanceId) + "}";
  }
  return {ret, Member("count", count) + ",\"processes\":[" + list + "]"};
}

inline Answer Mode(std::istream& in) {
  std::string word;
  in >> word;
  unsigned current = 9;
  unsigned pending = 9;
  const auto ret = NVML(nvmlDeviceGetMigMode)(DeviceOf(word), &current, &pending);
  return {ret, Member("current", current) + Member("pending", pending)};
}

inline Answer SetMode(std::istream& in) {
  std::string word;
  unsigned mode = 0;
  in >> word >> mode;
  nvmlReturn_t activation = NVML_ERROR_UNKNOWN;
  const auto ret = NVML(nvmlDeviceSetMigMode)(DeviceOf(word), mode, &activation);
  return {ret, Member("activation", static_cast<int>(activation))};
}

// A number of a device: remaining capacity, number of placements, maximum of MIG devices.
inline Answer Capacity(std::istream& in) {
  std::string gpu;
  unsigned profile = 0;
  unsigned count = ~0u;
  in >> gpu >> profile;
  const auto ret = NVML(nvmlDeviceGetGpuInstanceRemainingCapacity)(DeviceOf(gpu), profile, &count);
  return {ret, Member("count", count)};
}

inline Answer Placements(std::istream& in) {
  std::string gpu;
  unsigned profile = 0;
  unsigned count = ~0u;
  in >> gpu >> profile;
  const auto ret =
      NVML(nvmlDeviceGetGpuInstancePossiblePlacements_v2)(DeviceOf(gpu), profile, nullptr, &count);
  return {ret, Member("count", count)};
}

inline Answer MostMigDevices(std::istream& in) {
  std::string gpu;
  unsigned count = ~0u;
  in >> gpu;
  const auto ret = NVML(nvmlDeviceGetMaxMigDeviceCount)(DeviceOf(gpu), &count);
  return {ret, Member("count", count)};
}

inline Answer MigDeviceAt(std::istream& in) {
  std::string gpu;
  unsigned index = 0;
  in >> gpu >> index;
  nvmlDevice_t device = nullptr;
  return {NVML(nvmlDeviceGetMigDeviceHandleByIndex)(DeviceOf(gpu), index, &device), ""};
}

// detailed gpu0 MODE, by NVML_PROCESS_MODE_*
inline Answer DetailedProcesses(std::istream& in) {
  std::string word;
  nvmlProcessDetail_v1_t infos[8] = {};
  nvmlProcessDetailList_v1_t list = {};
  list.version = nvmlProcessDetailList_v1_version;
  list.numProcArrayEntries = 8;
  list.procArray = infos;
  in >> word >> list.mode;
  const auto ret = NVML(nvmlDeviceGetRunningProcessDetailList)(DeviceOf(word), &list);
  std::string pids;
  for (unsigned i = 0; ret == NVML_SUCCESS && i < list.numProcArrayEntries; ++i) {
    pids += (i == 0 ? "" : ",") + std::to_string(infos[i].pid);
  }
  return {ret, ",\"pids\":[" + pids + "]"};
}

inline Answer Bar1(std::istream& in) {
  std::string device;
  in >> device;
  nvmlBAR1Memory_t figures = {};
  return {NVML(nvmlDeviceGetBAR1MemoryInfo)(DeviceOf(device), &figures), ""};
}

inline Answer Memory(std::istream& in) {
  std::string word;
  in >> word;
  nvmlMemory_t info = {};
  const auto ret = NVML(nvmlDeviceGetMemoryInfo)(DeviceOf(word), &info);
  return {ret, Member("totalMiB", info.total >> 20) + Member("usedMiB", info.used >> 20) +
                   Member("freeMiB", info.free >> 20)};
}

inline Answer InstanceId(std::istream& in) {
  std::string word;
  unsigned id = ~0u;
  in >> word;
  const auto ret = NVML(nvmlDeviceGetGpuInstanceId)(DeviceOf(word), &id);
  return {ret, Member("id", id)};
}

extern "C" using TotalEccErrors =
    unsigned(nvml_abi::nvmlDevice_t, unsigned, unsigned, unsigned long long*);

// `ecc-total DEVICE ERROR COUNTER`: the kind of error, and since when.
inline Answer EccTotal(std::istream& in) {
  std::string word;
  unsigned error = 0;
  unsigned counter = 0;
  in >> word >> error >> counter;
  unsigned long long count = 99;
  const auto ask = NvmlSymbol<TotalEccErrors>("nvmlDeviceGetTotalEccErrors");
  const auto ret = static_cast<nvmlReturn_t>(ask(DeviceOf(word), error, counter, &count));
  return {ret, Member("count", count)};
}

inline Answer Field(std::istream& in) {
  std::string word;
  nvmlFieldValue_t value = {};
  in >> word >> value.fieldId;
  const auto ret = NVML(nvmlDeviceGetFieldValues)(DeviceOf(word), 1, &value);
  return {ret, Member("fieldRet", static_cast<int>(value.nvmlReturn)) +
                   Member("value", value.value.uiVal)};
}

// alloc, get (with a device) or free a sample that is kept under a name.
inline Answer Sample(std::istream& in) {
  std::string verb;
  std::string name;
  in >> verb >> name;
  const auto known = static_cast<nvmlGpmSample_t>(kept[name]);
  if (verb == "free") return {NVML(nvmlGpmSampleFree)(known), ""};
  if (verb == "get") {
    std::string word;
    in >> word;
    return {NVML(nvmlGpmSampleGet)(DeviceOf(word), known), ""};
  }
  nvmlGpmSample_t made = nullptr;
  const auto ret = NVML(nvmlGpmSampleAlloc)(&made);
  kept[name] = made;
  return {ret, ""};
}

}  // namespace shell

#endif  // MIG_NVML_TEST_SHELL_DEVICES_H_
