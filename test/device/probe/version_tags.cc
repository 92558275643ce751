#include "questions.h"

namespace migprobe {
namespace {

using namespace nvml_abi;

constexpr unsigned kBytes = 4096;

// Room for whatever a later struct version may write.
template <typename Info>
union Struct {
  Info info;
  unsigned char room[kBytes];
};

constexpr unsigned tag(unsigned size, unsigned version) { return size | version << 24; }

template <unsigned kSize, typename Info, typename Ask>
void ask_each(Ask ask) {
  for (const unsigned word :
       {0u, kSize, tag(kSize, 1), tag(kSize, 2), tag(kSize, 3), tag(kSize, 4), tag(kSize + 8, 1),
        tag(kSize + 8, 2), tag(kSize + 8, 3), 0xFFFFFFFFu}) {
    Struct<Info> memory{};
    memory.info.version = word;
    ask(word, &memory.info);
  }
}

}  // namespace

void ask_version_tags(const Subject& gpu, nvmlDevice_t handle) {
  using ProfileInfo = nvmlGpuInstanceProfileInfo_v2_t;
  // On a profile that the GPU has; where it has none, the answer is about the tag all the same.
  unsigned index = 0;
  for (; index < NVML_GPU_INSTANCE_PROFILE_COUNT; ++index) {
    nvmlGpuInstanceProfileInfo_t info{};
    const bool known = NVML_CALL(gpu, nvmlDeviceGetGpuInstanceProfileInfo)
                           .in("profile", index)
                           .make(handle, index, &info)
                           .ok();
    if (known) break;
  }
  if (index == NVML_GPU_INSTANCE_PROFILE_COUNT) index = 0;
  ask_each<sizeof(ProfileInfo), ProfileInfo>([&](unsigned word, ProfileInfo* info) {
    NVML_CALL(gpu, nvmlDeviceGetGpuInstanceProfileInfoV)
        .in("profile", index)
        .in("tag", word)
        .make(handle, index, info);
  });
  ask_each<sizeof(nvmlMemory_v2_t), nvmlMemory_v2_t>([&](unsigned word, nvmlMemory_v2_t* memory) {
    NVML_CALL(gpu, nvmlDeviceGetMemoryInfo_v2).in("tag", word).make(handle, memory);
  });
  using PciInfo = nvmlPciInfoExt_v1_t;
  ask_each<sizeof(PciInfo), PciInfo>([&](unsigned word, PciInfo* pci) {
    NVML_CALL(gpu, nvmlDeviceGetPciInfoExt).in("tag", word).make(handle, pci);
  });
  using ProcessList = nvmlProcessDetailList_v1_t;
  ask_each<sizeof(ProcessList), ProcessList>([&](unsigned word, ProcessList* list) {
    NVML_CALL(gpu, nvmlDeviceGetRunningProcessDetailList).in("tag", word).make(handle, list);
  });
}

}  // namespace migprobe
