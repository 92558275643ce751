// What the commands of nvml_shell are made of: handles as words, answers as JSON.
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
std::string member(const char* key, Value value) {
  std::ostringstream out;
  out << ",\"" << key << "\":" << value;
  return out.str();
}

inline std::string text_member(const char* key, const char* value) {
  return std::string(",\"") + key + "\":\"" + value + "\"";
}

inline std::map<std::string, void*> kept;

// "gpu0" in a command's place of a handle, "mig0.1" for its MIG device of index 1, "@name" for a
// kept one, "null", or "garbage".
inline nvmlDevice_t device_of(const std::string& word) {
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

inline nvmlGpuInstance_t gpu_instance_of(std::istream& in) {
  std::string gpu;
  in >> gpu;
  if (gpu[0] == '@') return static_cast<nvmlGpuInstance_t>(kept[gpu]);
  unsigned id = 0;
  in >> id;
  nvmlGpuInstance_t instance = nullptr;
  NVML(nvmlDeviceGetGpuInstanceById)(device_of(gpu), id, &instance);
  return instance;
}

inline nvmlComputeInstance_t compute_instance_of(std::istream& in) {
  const nvmlGpuInstance_t owner = gpu_instance_of(in);
  unsigned id = 0;
  in >> id;
  nvmlComputeInstance_t instance = nullptr;
  NVML(nvmlGpuInstanceGetComputeInstanceById)(owner, id, &instance);
  return instance;
}

}  // namespace shell

#endif  // MIG_NVML_TEST_SHELL_WORDS_H_
