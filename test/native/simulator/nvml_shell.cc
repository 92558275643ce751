// Runs NVML calls read from standard input, one a line, and answers each with a line of JSON. GPUs
// go by index, instances by id; a handle kept under a name can be used after its instance is gone.
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "nvml_library.h"

using namespace nvml_abi;

namespace {

std::map<std::string, void*> kept;

struct Answer {
  nvmlReturn_t ret;
  std::string rest;  // ,"key":value…
};

template <typename Value>
std::string member(const char* key, Value value) {
  std::ostringstream out;
  out << ",\"" << key << "\":" << value;
  return out.str();
}

std::string text_member(const char* key, const char* value) {
  return std::string(",\"") + key + "\":\"" + value + "\"";
}

// "gpu0" in a command's place of a handle, "mig0.1" for its MIG device of index 1, "@name" for a
// kept one, "null", or "garbage".
nvmlDevice_t device_of(const std::string& word) {
  if (word == "null") return nullptr;
  if (word == "garbage") return reinterpret_cast<nvmlDevice_t>(0x1234567890);
  if (word[0] == '@') return static_cast<nvmlDevice_t>(static_cast<void*>(kept[word]));
  if (word.starts_with("gpu")) return gpu_at(std::stoul(word.substr(3)));
  nvmlDevice_t mig = nullptr;
  const auto dot = word.find('.');
  NVML(nvmlDeviceGetMigDeviceHandleByIndex)
  (gpu_at(std::stoul(word.substr(3, dot - 3))), std::stoul(word.substr(dot + 1)), &mig);
  return mig;
}

nvmlGpuInstance_t gpu_instance_of(std::istream& in) {
  std::string gpu;
  in >> gpu;
  if (gpu[0] == '@') return static_cast<nvmlGpuInstance_t>(kept[gpu]);
  unsigned id = 0;
  in >> id;
  nvmlGpuInstance_t instance = nullptr;
  NVML(nvmlDeviceGetGpuInstanceById)(device_of(gpu), id, &instance);
  return instance;
}

nvmlComputeInstance_t compute_instance_of(std::istream& in) {
  const nvmlGpuInstance_t owner = gpu_instance_of(in);
  unsigned id = 0;
  in >> id;
  nvmlComputeInstance_t instance = nullptr;
  NVML(nvmlGpuInstanceGetComputeInstanceById)(owner, id, &instance);
  return instance;
}

Answer gpu_instance_info(nvmlReturn_t ret, nvmlGpuInstance_t instance) {
  if (ret != NVML_SUCCESS) return {ret, ""};
  nvmlGpuInstanceInfo_t info = {};
  ret = NVML(nvmlGpuInstanceGetInfo)(instance, &info);
  return {ret, member("id", info.id) + member("profileId", info.profileId) +
                   member("start", info.placement.start) + member("size", info.placement.size)};
}

Answer compute_instance_info(nvmlReturn_t ret, nvmlComputeInstance_t instance) {
  if (ret != NVML_SUCCESS) return {ret, ""};
  nvmlComputeInstanceInfo_t info = {};
  ret = NVML(nvmlComputeInstanceGetInfo_v2)(instance, &info);
  return {ret, member("id", info.id) + member("profileId", info.profileId) +
                   member("start", info.placement.start) + member("size", info.placement.size)};
}

Answer create_gpu_instance(std::istream& in) {
  std::string gpu;
  unsigned profile = 0;
  in >> gpu >> profile;
  nvmlGpuInstance_t instance = nullptr;
  nvmlGpuInstancePlacement_t place = {};
  const nvmlDevice_t device = device_of(gpu);
  const bool placed = static_cast<bool>(in >> place.start >> place.size);
  const auto ret =
      placed ? NVML(nvmlDeviceCreateGpuInstanceWithPlacement)(device, profile, &place, &instance)
             : NVML(nvmlDeviceCreateGpuInstance)(device, profile, &instance);
  return gpu_instance_info(ret, instance);
}

Answer create_compute_instance(std::istream& in) {
  const nvmlGpuInstance_t owner = gpu_instance_of(in);
  unsigned profile = 0;
  in >> profile;
  nvmlComputeInstance_t instance = nullptr;
  nvmlComputeInstancePlacement_t place = {};
  const bool placed = static_cast<bool>(in >> place.start >> place.size);
  const auto ret = placed ? NVML(nvmlGpuInstanceCreateComputeInstanceWithPlacement)(
                                owner, profile, &place, &instance)
                          : NVML(nvmlGpuInstanceCreateComputeInstance)(owner, profile, &instance);
  return compute_instance_info(ret, instance);
}

Answer list_gpu_instances(std::istream& in) {
  std::string gpu;
  unsigned profile = 0;
  in >> gpu >> profile;
  nvmlGpuInstance_t instances[32];
  unsigned count = 0;
  const auto ret = NVML(nvmlDeviceGetGpuInstances)(device_of(gpu), profile, instances, &count);
  std::string ids;
  for (unsigned i = 0; ret == NVML_SUCCESS && i < count; ++i) {
    nvmlGpuInstanceInfo_t info = {};
    NVML(nvmlGpuInstanceGetInfo)(instances[i], &info);
    ids += (i == 0 ? "" : ",") + std::to_string(info.id);
  }
  return {ret, ",\"ids\":[" + ids + "]"};
}

Answer profile_info(std::istream& in) {
  std::string gpu;
  unsigned index = 0;
  in >> gpu >> index;
  nvmlGpuInstanceProfileInfo_t info = {};
  const auto ret = NVML(nvmlDeviceGetGpuInstanceProfileInfo)(device_of(gpu), index, &info);
  if (ret != NVML_SUCCESS) return {ret, ""};
  return {ret, member("id", info.id) + member("memorySizeMB", info.memorySizeMB)};
}

Answer identity(std::istream& in) {
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

Answer by_uuid(std::istream& in) {
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

Answer processes(std::istream& in) {
  std::string word;
  unsigned room = 0;
  in >> word >> room;
  std::vector<nvmlProcessInfo_v2_t> infos(room);
  unsigned count = room;
  const auto ret = NVML(nvmlDeviceGetComputeRunningProcesses_v3)(
      device_of(word), &count, room == 0 ? nullptr : infos.data());
  std::string list;
  for (unsigned i = 0; ret == NVML_SUCCESS && i < count; ++i) {
    list += (i == 0 ? "{" : ",{") + member("pid", infos[i].pid).substr(1) +
            member("gi", infos[i].gpuInstanceId) + member("ci", infos[i].computeInstanceId) + "}";
  }
  return {ret, member("count", count) + ",\"processes\":[" + list + "]"};
}

Answer mode(std::istream& in) {
  std::string word;
  in >> word;
  unsigned current = 9;
  unsigned pending = 9;
  const auto ret = NVML(nvmlDeviceGetMigMode)(device_of(word), &current, &pending);
  return {ret, member("current", current) + member("pending", pending)};
}

Answer set_mode(std::istream& in) {
  std::string word;
  unsigned mode = 0;
  in >> word >> mode;
  nvmlReturn_t activation = NVML_ERROR_UNKNOWN;
  const auto ret = NVML(nvmlDeviceSetMigMode)(device_of(word), mode, &activation);
  return {ret, member("activation", static_cast<int>(activation))};
}

// A count about a device: remaining capacity, number of placements, most MIG devices.
Answer capacity(std::istream& in) {
  std::string gpu;
  unsigned profile = 0;
  unsigned count = ~0u;
  in >> gpu >> profile;
  const auto ret = NVML(nvmlDeviceGetGpuInstanceRemainingCapacity)(device_of(gpu), profile, &count);
  return {ret, member("count", count)};
}

Answer placements(std::istream& in) {
  std::string gpu;
  unsigned profile = 0;
  unsigned count = ~0u;
  in >> gpu >> profile;
  const auto ret =
      NVML(nvmlDeviceGetGpuInstancePossiblePlacements_v2)(device_of(gpu), profile, nullptr, &count);
  return {ret, member("count", count)};
}

Answer most_mig_devices(std::istream& in) {
  std::string gpu;
  unsigned count = ~0u;
  in >> gpu;
  const auto ret = NVML(nvmlDeviceGetMaxMigDeviceCount)(device_of(gpu), &count);
  return {ret, member("count", count)};
}

Answer mig_device_at(std::istream& in) {
  std::string gpu;
  unsigned index = 0;
  in >> gpu >> index;
  nvmlDevice_t device = nullptr;
  return {NVML(nvmlDeviceGetMigDeviceHandleByIndex)(device_of(gpu), index, &device), ""};
}

Answer memory(std::istream& in) {
  std::string word;
  in >> word;
  nvmlMemory_t info = {};
  const auto ret = NVML(nvmlDeviceGetMemoryInfo)(device_of(word), &info);
  return {ret, member("totalMiB", info.total >> 20) + member("usedMiB", info.used >> 20) +
                   member("freeMiB", info.free >> 20)};
}

Answer instance_id(std::istream& in) {
  std::string word;
  unsigned id = ~0u;
  in >> word;
  const auto ret = NVML(nvmlDeviceGetGpuInstanceId)(device_of(word), &id);
  return {ret, member("id", id)};
}

Answer field(std::istream& in) {
  std::string word;
  nvmlFieldValue_t value = {};
  in >> word >> value.fieldId;
  const auto ret = NVML(nvmlDeviceGetFieldValues)(device_of(word), 1, &value);
  return {ret, member("fieldRet", static_cast<int>(value.nvmlReturn)) +
                   member("value", value.value.uiVal)};
}

// Any function, with nothing but nulls and zeros: for how it answers before its arguments matter.
Answer call_by_name(std::istream& in) {
  std::string name;
  in >> name;
  using Any = nvmlReturn_t(void*, void*, void*, void*);
  return {nvml_symbol<Any>(name.c_str())(nullptr, nullptr, nullptr, nullptr), ""};
}

Answer keep(std::istream& in) {
  std::string kind;
  std::string name;
  in >> name >> kind;
  if (kind == "gi") {
    kept[name] = gpu_instance_of(in);
  } else if (kind == "ci") {
    kept[name] = compute_instance_of(in);
  } else {
    kept[name] = device_of(kind);
  }
  return {kept[name] == nullptr ? NVML_ERROR_NOT_FOUND : NVML_SUCCESS, ""};
}

Answer control(std::istream& in) {
  using Control = const char*(const char*, int*);
  std::string command;
  std::getline(in >> std::ws, command);
  int status = 0;
  const std::string reply = nvml_symbol<Control>("migsim_control")(command.c_str(), &status);
  return {static_cast<nvmlReturn_t>(status), ",\"reply\":" + (reply.empty() ? "null" : reply)};
}

Answer select(std::istream& in) {
  using Select = void(unsigned);
  unsigned number = 0;
  in >> number;
  nvml_symbol<Select>("migsim_select_machine")(number);
  return {NVML_SUCCESS, ""};
}

const std::map<std::string, Answer (*)(std::istream&)> kCommands = {
    {"control", control},
    {"select", select},
    {"init",
     [](std::istream&) {
       return Answer{NVML(nvmlInit_v2)(), ""};
     }},
    {"shutdown",
     [](std::istream&) {
       return Answer{NVML(nvmlShutdown)(), ""};
     }},
    {"count",
     [](std::istream&) {
       unsigned count = ~0u;
       const auto ret = NVML(nvmlDeviceGetCount_v2)(&count);
       return Answer{ret, member("count", count)};
     }},
    {"mode", mode},
    {"set-mode", set_mode},
    {"profile", profile_info},
    {"placements", placements},
    {"capacity", capacity},
    {"most", most_mig_devices},
    {"create", create_gpu_instance},
    {"destroy",
     [](std::istream& in) {
       return Answer{NVML(nvmlGpuInstanceDestroy)(gpu_instance_of(in)), ""};
     }},
    {"info", [](std::istream& in) { return gpu_instance_info(NVML_SUCCESS, gpu_instance_of(in)); }},
    {"list", list_gpu_instances},
    {"create-ci", create_compute_instance},
    {"destroy-ci",
     [](std::istream& in) {
       return Answer{NVML(nvmlComputeInstanceDestroy)(compute_instance_of(in)), ""};
     }},
    {"destroy-kept-ci",
     [](std::istream& in) {
       std::string name;
       in >> name;
       return Answer{
           NVML(nvmlComputeInstanceDestroy)(static_cast<nvmlComputeInstance_t>(kept[name])), ""};
     }},
    {"mig", mig_device_at},
    {"instance-id", instance_id},
    {"identity", identity},
    {"by-uuid", by_uuid},
    {"processes", processes},
    {"memory", memory},
    {"field", field},
    {"call", call_by_name},
    {"keep", keep},
};

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream in(line);
    std::string verb;
    in >> verb;
    const auto command = kCommands.find(verb);
    if (command == kCommands.end()) {
      std::cerr << "unknown command " << line << "\n";
      return 2;
    }
    const Answer answer = command->second(in);
    std::cout << "{\"ret\":" << answer.ret << answer.rest << "}" << std::endl;
  }
}
