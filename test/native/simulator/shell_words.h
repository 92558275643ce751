// The parts of nvml_shell's commands: handles as words, answers as JSON.
#ifndef MIG_NVML_TEST_SHELL_WORDS_H_
#define MIG_NVML_TEST_SHELL_WORDS_H_

#include <istream>
#include <map>
#include <sstream>
#include <string>

#include "nvml_library.h"

namespace shell {

using namespace nvml_abi;

struct Answer {
  nvmlReturn_t ret;
  std::string rest;  // ,"key":value…
};

template <typename Value>
std::string Member(const char* key, Value value) {
  std::ostringstream out;
  out << ",\"" << key << "\":" << value;
  return out.str();
}

inline std::string TextMember(const char* key, const char* value) {
  return std::string(",\"") + key + "\":\"" + value + "\"";
}

inline std::map<std::string, void*> kept;

inline nvmlDevice_t GpuOnBus(const std::string& bus) {
  nvmlDevice_t gpu = nullptr;
  NVML(nvmlDeviceGetHandleByPciBusId_v2)(("0000:" + bus + ":00.0").c_str(), &gpu);
  return gpu;
}

// The MIG device of a GPU instance and a compute instance.
inline nvmlDevice_t MigDeviceOf(nvmlDevice_t gpu, unsigned gi, unsigned ci) {
  unsigned most = 0;
  NVML(nvmlDeviceGetMaxMigDeviceCount)(gpu, &most);
  for (unsigned index = 0; index < most; ++index) {
    nvmlDevice_t device = nullptr;
    unsigned ids[2] = {};
    if (NVML(nvmlDeviceGetMigDeviceHandleByIndex)(gpu, index, &device) != NVML_SUCCESS) continue;
    NVML(nvmlDeviceGetGpuInstanceId)(device, &ids[0]);
    NVML(nvmlDeviceGetComputeInstanceId)(device, &ids[1]);
    if (ids[0] == gi && ids[1] == ci) return device;
  }
  return nullptr;
}

// Words for handles: "gpu0", or "bus47" by PCI bus; "mig0.1" for its MIG device with index 1, or
// "mig47/2/0" by PCI bus and instance ids; "@name" for a kept one, "null", or "garbage".
inline nvmlDevice_t DeviceOf(const std::string& word) {
  if (word == "null") return nullptr;
  if (word == "garbage") return reinterpret_cast<nvmlDevice_t>(0x1234567890);
  if (word[0] == '@') return static_cast<nvmlDevice_t>(static_cast<void*>(kept[word]));
  if (word.starts_with("gpu")) return GpuAt(std::stoul(word.substr(3)));
  if (word.starts_with("bus")) return GpuOnBus(word.substr(3));
  if (const auto slash = word.find('/'); slash != word.npos) {
    const auto second = word.find('/', slash + 1);
    return MigDeviceOf(GpuOnBus(word.substr(3, slash - 3)), std::stoul(word.substr(slash + 1)),
                       std::stoul(word.substr(second + 1)));
  }
  nvmlDevice_t mig = nullptr;
  const auto dot = word.find('.');
  NVML(nvmlDeviceGetMigDeviceHandleByIndex)
  (GpuAt(std::stoul(word.substr(3, dot - 3))), std::stoul(word.substr(dot + 1)), &mig);
  return mig;
}

inline nvmlGpuInstance_t GpuInstanceOf(std::istream& in) {
  std::string gpu;
  in >> gpu;
  if (gpu[0] == '@') return static_cast<nvmlGpuInstance_t>(kept[gpu]);
  unsigned id = 0;
  in >> id;
  nvmlGpuInstance_t instance = nullptr;
  NVML(nvmlDeviceGetGpuInstanceById)(DeviceOf(gpu), id, &instance);
  return instance;
}

inline nvmlComputeInstance_t ComputeInstanceOf(std::istream& in) {
  const nvmlGpuInstance_t owner = GpuInstanceOf(in);
  unsigned id = 0;
  in >> id;
  nvmlComputeInstance_t instance = nullptr;
  NVML(nvmlGpuInstanceGetComputeInstanceById)(owner, id, &instance);
  return instance;
}

}  // namespace shell

#endif  // MIG_NVML_TEST_SHELL_WORDS_H_
