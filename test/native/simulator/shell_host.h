// The commands of nvml_shell about the positions of GPUs in their host.
#ifndef MIG_NVML_TEST_SHELL_HOST_H_
#define MIG_NVML_TEST_SHELL_HOST_H_

#include <vector>

#include "shell_words.h"

namespace shell {

using namespace nvml_abi;

inline Answer Ancestor(std::istream& in) {
  std::string first;
  std::string second;
  in >> first >> second;
  auto level = static_cast<nvmlGpuTopologyLevel_t>(99);
  const auto ret =
      NVML(nvmlDeviceGetTopologyCommonAncestor)(DeviceOf(first), DeviceOf(second), &level);
  return {ret, Member("level", static_cast<unsigned>(level))};
}

inline Answer GpuList(nvmlReturn_t ret, unsigned count, const std::vector<nvmlDevice_t>& gpus) {
  std::string indexes;
  for (unsigned i = 0; ret == NVML_SUCCESS && i < count && i < gpus.size(); ++i) {
    unsigned index = ~0u;
    NVML(nvmlDeviceGetIndex)(gpus[i], &index);
    indexes += (i == 0 ? "" : ",") + std::to_string(index);
  }
  return {ret, Member("count", count) + ",\"gpus\":[" + indexes + "]"};
}

// nearest gpu0 LEVEL ROOM
inline Answer Nearest(std::istream& in) {
  std::string word;
  unsigned level = 0;
  unsigned count = 0;
  in >> word >> level >> count;
  std::vector<nvmlDevice_t> gpus(count);
  const auto ret = NVML(nvmlDeviceGetTopologyNearestGpus)(
      DeviceOf(word), static_cast<nvmlGpuTopologyLevel_t>(level), &count,
      gpus.empty() ? nullptr : gpus.data());
  return GpuList(ret, count, gpus);
}

// near-cpu CPU ROOM
inline Answer NearCpu(std::istream& in) {
  unsigned cpu = 0;
  unsigned count = 0;
  in >> cpu >> count;
  std::vector<nvmlDevice_t> gpus(count);
  const auto ret =
      NVML(nvmlSystemGetTopologyGpuSet)(cpu, &count, gpus.empty() ? nullptr : gpus.data());
  return GpuList(ret, count, gpus);
}

inline Answer NumberSet(nvmlReturn_t ret, const std::vector<unsigned long>& set) {
  std::string numbers;
  for (unsigned n = 0; ret == NVML_SUCCESS && n < set.size() * 64; ++n) {
    if ((set[n / 64] >> n % 64 & 1) == 0) continue;
    numbers += (numbers.empty() ? "" : ",") + std::to_string(n);
  }
  return {ret, ",\"numbers\":[" + numbers + "]"};
}

// cpus gpu0 WORDS [SCOPE]; without a scope, the call that takes none. The words are not zero
// before.
inline Answer Cpus(std::istream& in) {
  std::string word;
  unsigned size = 0;
  unsigned scope = 0;
  in >> word >> size;
  std::vector<unsigned long> set(size, ~0ul);
  const auto device = DeviceOf(word);
  if (!(in >> scope)) {
    return NumberSet(NVML(nvmlDeviceGetCpuAffinity)(device, size, set.data()), set);
  }
  return NumberSet(NVML(nvmlDeviceGetCpuAffinityWithinScope)(device, size, set.data(), scope), set);
}

// nodes gpu0 WORDS SCOPE
inline Answer Nodes(std::istream& in) {
  std::string word;
  unsigned size = 0;
  unsigned scope = 0;
  in >> word >> size >> scope;
  std::vector<unsigned long> set(size, ~0ul);
  return NumberSet(NVML(nvmlDeviceGetMemoryAffinity)(DeviceOf(word), size, set.data(), scope), set);
}

// peer gpu0 gpu1 CAPABILITY
inline Answer Peer(std::istream& in) {
  std::string first;
  std::string second;
  unsigned capability = 0;
  in >> first >> second >> capability;
  auto status = static_cast<nvmlGpuP2PStatus_t>(99);
  const auto ret = NVML(nvmlDeviceGetP2PStatus)(
      DeviceOf(first), DeviceOf(second), static_cast<nvmlGpuP2PCapsIndex_t>(capability), &status);
  return {ret, Member("status", static_cast<unsigned>(status))};
}

inline Answer SameBoard(std::istream& in) {
  std::string first;
  std::string second;
  in >> first >> second;
  int same = -1;
  const auto ret = NVML(nvmlDeviceOnSameBoard)(DeviceOf(first), DeviceOf(second), &same);
  return {ret, Member("same", same)};
}

}  // namespace shell

#endif  // MIG_NVML_TEST_SHELL_HOST_H_
