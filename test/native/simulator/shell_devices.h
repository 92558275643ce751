// The commands of nvml_shell about GPUs and MIG devices.
#ifndef MIG_NVML_TEST_SHELL_DEVICES_H_
#define MIG_NVML_TEST_SHELL_DEVICES_H_

#include <vector>

#include "shell_words.h"

namespace shell {

using namespace nvml_abi;

inline Answer profile_info(std::istream& in) {
  std::string gpu;
  unsigned index = 0;
  in >> gpu >> index;
  nvmlGpuInstanceProfileInfo_t info = {};
  const auto ret = NVML(nvmlDeviceGetGpuInstanceProfileInfo)(device_of(gpu), index, &info);
  if (ret != NVML_SUCCESS) return {ret, ""};
  return {ret, member("id", info.id) + member("memorySizeMB", info.memorySizeMB)};
}

inline Answer identity(std::istream& in) {
  std::string word;
  in >> word;
  const nvmlDevice_t device = device_of(word);
  char name[96] = "";
  char uuid[96] = "";
  unsigned index = ~0u;
  NVML(nvmlDeviceGetName)(device, name, sizeof name);
  NVML(nvmlDeviceGetIndex)(device, &index);
  const auto ret = NVML(nvmlDeviceGetUUID)(device, uuid, sizeof uuid);
  return {ret, text_member("name", name) + text_member("uuid", uuid) + member("index", index)};
}

inline Answer by_uuid(std::istream& in) {
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
  return {ret, member("isMig", is_mig) + member("gi", gi) + member("ci", ci)};
}

// processes gpu0 ROOM [mps]
inline Answer processes(std::istream& in) {
  std::string word;
  std::string kind;
  unsigned room = 0;
  in >> word >> room >> kind;
  std::vector<nvmlProcessInfo_v2_t> infos(room);
  unsigned count = room;
  const auto function = kind == "mps" ? NVML(nvmlDeviceGetMPSComputeRunningProcesses_v3)
                                      : NVML(nvmlDeviceGetComputeRunningProcesses_v3);
  const auto ret = function(device_of(word), &count, room == 0 ? nullptr : infos.data());
  std::string list;
  for (unsigned i = 0; ret == NVML_SUCCESS && i < count; ++i) {
    list += (i == 0 ? "{" : ",{") + member("pid", infos[i].pid).substr(1) +
            member("gi", infos[i].gpuInstanceId) + member("ci", infos[i].computeInstanceId) + "}";
  }
  return {ret, member("count", count) + ",\"processes\":[" + list + "]"};
}

inline Answer mode(std::istream& in) {
  std::string word;
  in >> word;
  unsigned current = 9;
  unsigned pending = 9;
  const auto ret = NVML(nvmlDeviceGetMigMode)(device_of(word), &current, &pending);
  return {ret, member("current", current) + member("pending", pending)};
}

inline Answer set_mode(std::istream& in) {
  std::string word;
  unsigned mode = 0;
  in >> word >> mode;
  nvmlReturn_t activation = NVML_ERROR_UNKNOWN;
  const auto ret = NVML(nvmlDeviceSetMigMode)(device_of(word), mode, &activation);
  return {ret, member("activation", static_cast<int>(activation))};
}

// A count about a device: remaining capacity, number of placements, most MIG devices.
inline Answer capacity(std::istream& in) {
  std::string gpu;
  unsigned profile = 0;
  unsigned count = ~0u;
  in >> gpu >> profile;
  const auto ret = NVML(nvmlDeviceGetGpuInstanceRemainingCapacity)(device_of(gpu), profile, &count);
  return {ret, member("count", count)};
}

inline Answer placements(std::istream& in) {
  std::string gpu;
  unsigned profile = 0;
  unsigned count = ~0u;
  in >> gpu >> profile;
  const auto ret =
      NVML(nvmlDeviceGetGpuInstancePossiblePlacements_v2)(device_of(gpu), profile, nullptr, &count);
  return {ret, member("count", count)};
}

inline Answer most_mig_devices(std::istream& in) {
  std::string gpu;
  unsigned count = ~0u;
  in >> gpu;
  const auto ret = NVML(nvmlDeviceGetMaxMigDeviceCount)(device_of(gpu), &count);
  return {ret, member("count", count)};
}

inline Answer mig_device_at(std::istream& in) {
  std::string gpu;
  unsigned index = 0;
  in >> gpu >> index;
  nvmlDevice_t device = nullptr;
  return {NVML(nvmlDeviceGetMigDeviceHandleByIndex)(device_of(gpu), index, &device), ""};
}

// detailed gpu0 MODE, by NVML_PROCESS_MODE_*
inline Answer detailed_processes(std::istream& in) {
  std::string word;
  nvmlProcessDetail_v1_t infos[8] = {};
  nvmlProcessDetailList_v1_t list = {};
  list.version = nvmlProcessDetailList_v1_version;
  list.numProcArrayEntries = 8;
  list.procArray = infos;
  in >> word >> list.mode;
  const auto ret = NVML(nvmlDeviceGetRunningProcessDetailList)(device_of(word), &list);
  std::string pids;
  for (unsigned i = 0; ret == NVML_SUCCESS && i < list.numProcArrayEntries; ++i) {
    pids += (i == 0 ? "" : ",") + std::to_string(infos[i].pid);
  }
  return {ret, ",\"pids\":[" + pids + "]"};
}

inline Answer bar1(std::istream& in) {
  std::string device;
  in >> device;
  nvmlBAR1Memory_t figures = {};
  return {NVML(nvmlDeviceGetBAR1MemoryInfo)(device_of(device), &figures), ""};
}

inline Answer memory(std::istream& in) {
  std::string word;
  in >> word;
  nvmlMemory_t info = {};
  const auto ret = NVML(nvmlDeviceGetMemoryInfo)(device_of(word), &info);
  return {ret, member("totalMiB", info.total >> 20) + member("usedMiB", info.used >> 20) +
                   member("freeMiB", info.free >> 20)};
}

inline Answer instance_id(std::istream& in) {
  std::string word;
  unsigned id = ~0u;
  in >> word;
  const auto ret = NVML(nvmlDeviceGetGpuInstanceId)(device_of(word), &id);
  return {ret, member("id", id)};
}

extern "C" using TotalEccErrors =
    unsigned(nvml_abi::nvmlDevice_t, unsigned, unsigned, unsigned long long*);

// `ecc-total DEVICE ERROR COUNTER`: which kind of error, since when.
inline Answer ecc_total(std::istream& in) {
  std::string word;
  unsigned error = 0;
  unsigned counter = 0;
  in >> word >> error >> counter;
  unsigned long long count = 99;
  const auto ask = nvml_symbol<TotalEccErrors>("nvmlDeviceGetTotalEccErrors");
  const auto ret = static_cast<nvmlReturn_t>(ask(device_of(word), error, counter, &count));
  return {ret, member("count", count)};
}

inline Answer field(std::istream& in) {
  std::string word;
  nvmlFieldValue_t value = {};
  in >> word >> value.fieldId;
  const auto ret = NVML(nvmlDeviceGetFieldValues)(device_of(word), 1, &value);
  return {ret, member("fieldRet", static_cast<int>(value.nvmlReturn)) +
                   member("value", value.value.uiVal)};
}

// alloc, get (with a device) or free of a sample that is kept under a name.
inline Answer sample(std::istream& in) {
  std::string verb;
  std::string name;
  in >> verb >> name;
  const auto known = static_cast<nvmlGpmSample_t>(kept[name]);
  if (verb == "free") return {NVML(nvmlGpmSampleFree)(known), ""};
  if (verb == "get") {
    std::string word;
    in >> word;
    return {NVML(nvmlGpmSampleGet)(device_of(word), known), ""};
  }
  nvmlGpmSample_t made = nullptr;
  const auto ret = NVML(nvmlGpmSampleAlloc)(&made);
  kept[name] = made;
  return {ret, ""};
}

}  // namespace shell

#endif  // MIG_NVML_TEST_SHELL_DEVICES_H_
