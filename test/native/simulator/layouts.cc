// Tries every legal set of GPU instances on GPU 0, by creating and destroying them through NVML,
// and prints the number of sets.
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "nvml_library.h"

using namespace nvml_abi;

namespace {

struct Choice {
  unsigned profile_id;
  nvmlGpuInstancePlacement_t place;
};

struct Count {
  std::set<std::vector<bool>> reachable;
  std::set<std::vector<unsigned>> reachable_multisets;
  unsigned maximal = 0;
  std::set<std::vector<unsigned>> maximal_multisets;
};

std::vector<Choice> Choices(nvmlDevice_t gpu, bool base_only) {
  std::vector<Choice> found;
  for (unsigned index = 0;; ++index) {
    nvmlGpuInstanceProfileInfo_v2_t info = {};
    info.version = nvmlGpuInstanceProfileInfo_v2_version;
    const auto result = NVML(nvmlDeviceGetGpuInstanceProfileInfoV)(gpu, index, &info);
    if (result == NVML_ERROR_INVALID_ARGUMENT) return found;
    if (result != NVML_SUCCESS) continue;
    const bool variant =
        std::strpbrk(info.name, "+-") != nullptr || index == NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV2;
    if (base_only && variant) continue;
    nvmlGpuInstancePlacement_t places[32];
    unsigned count = 0;
    NVML(nvmlDeviceGetGpuInstancePossiblePlacements_v2)(gpu, info.id, places, &count);
    for (unsigned i = 0; i < count; ++i) found.push_back({info.id, places[i]});
  }
}

std::vector<unsigned> MultisetOf(const std::vector<Choice>& all, const std::vector<bool>& chosen) {
  std::multiset<unsigned> ids;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (chosen[i]) ids.insert(all[i].profile_id);
  }
  return {ids.begin(), ids.end()};
}

void Walk(nvmlDevice_t gpu, const std::vector<Choice>& all, std::vector<bool>& chosen, Count& out) {
  if (!out.reachable.insert(chosen).second) return;
  const auto multiset = MultisetOf(all, chosen);
  out.reachable_multisets.insert(multiset);
  bool maximal = true;
  for (std::size_t i = 0; i < all.size(); ++i) {
    nvmlGpuInstance_t instance;
    const auto result = NVML(nvmlDeviceCreateGpuInstanceWithPlacement)(gpu, all[i].profile_id,
                                                                       &all[i].place, &instance);
    if (result != NVML_SUCCESS) continue;
    maximal = false;
    chosen[i] = true;
    Walk(gpu, all, chosen, out);
    chosen[i] = false;
    NVML(nvmlGpuInstanceDestroy)(instance);
  }
  if (!maximal) return;
  ++out.maximal;
  out.maximal_multisets.insert(multiset);
}

void Print(const char* name, nvmlDevice_t gpu, bool base_only) {
  const auto all = Choices(gpu, base_only);
  std::vector<bool> chosen(all.size());
  Count count;
  Walk(gpu, all, chosen, count);
  std::printf(
      "\"%s\":{\"maximalSets\":%u,\"maximalMultisets\":%zu,\"reachableSets\":%zu,"
      "\"reachableMultisets\":%zu}",
      name, count.maximal, count.maximal_multisets.size(), count.reachable.size(),
      count.reachable_multisets.size());
}

}  // namespace

int main() {
  if (NVML(nvmlInit_v2)() != NVML_SUCCESS) return 1;
  const nvmlDevice_t gpu = GpuAt(0);
  std::printf("{");
  Print("baseProfiles", gpu, true);
  std::printf(",");
  Print("allProfiles", gpu, false);
  std::printf("}\n");
}
