// Passes every tagged struct with its own tag, with wrong tags, and in every size, and prints the
// answer and the number of bytes written: {"function":[[tag, answer, bytes written], …], …}.
#include <cstring>
#include <string>
#include <vector>

#include "nvml_library.h"

using namespace nvml_abi;

namespace {

constexpr unsigned char kMarker = 0x5A;
constexpr std::size_t kRoom = 512;

// The last byte that the call changed, plus one.
std::size_t Written(const unsigned char* memory) {
  std::size_t size = kRoom;
  while (size > 0 && memory[size - 1] == kMarker) --size;
  return size;
}

bool first_function = true;

template <typename Ask>
void Report(const char* function, std::vector<unsigned> tags, Ask ask) {
  std::printf("%s\"%s\":[", first_function ? "" : ",", function);
  first_function = false;
  bool first = true;
  for (const unsigned tag : tags) {
    alignas(16) unsigned char memory[kRoom];
    std::memset(memory, kMarker, sizeof memory);
    std::memcpy(memory, &tag, sizeof tag);
    const int answer = ask(memory);
    std::printf("%s[%u,%d,%zu]", first ? "" : ",", tag, answer, Written(memory));
    first = false;
  }
  std::printf("]");
}

template <typename Struct>
Struct* As(unsigned char* memory) {
  return reinterpret_cast<Struct*>(memory);
}

}  // namespace

int main() {
  if (NVML(nvmlInit_v2)() != NVML_SUCCESS) return 1;
  const nvmlDevice_t gpu = GpuAt(0);
  nvmlGpuInstance_t gi;
  if (NVML(nvmlDeviceCreateGpuInstance)(gpu, 0, &gi) != NVML_SUCCESS) return 1;

  std::printf("{");
  const std::vector<unsigned> gi_tags = {0x02000098, 0x03000098, 0x04000098, 0x02000097,
                                         0x01000030, 0x98,       0};
  Report("nvmlDeviceGetGpuInstanceProfileInfoV", gi_tags, [&](unsigned char* memory) {
    return NVML(nvmlDeviceGetGpuInstanceProfileInfoV)(gpu, 0,
                                                      As<nvmlGpuInstanceProfileInfo_v2_t>(memory));
  });
  Report("nvmlDeviceGetGpuInstanceProfileInfoByIdV", gi_tags, [&](unsigned char* memory) {
    return NVML(nvmlDeviceGetGpuInstanceProfileInfoByIdV)(
        gpu, 19, As<nvmlGpuInstanceProfileInfo_v2_t>(memory));
  });
  Report("nvmlGpuInstanceGetComputeInstanceProfileInfoV",
         {0x02000088, 0x0300008c, 0x0400008c, 0x0200008c, 0x03000088, 0},
         [&](unsigned char* memory) {
           return NVML(nvmlGpuInstanceGetComputeInstanceProfileInfoV)(
               gi, 0, 0, As<nvmlComputeInstanceProfileInfo_v2_t>(memory));
         });
  Report("nvmlDeviceGetMemoryInfo_v2", {0x02000028, 0x01000028, 0x02000018, 0},
         [&](unsigned char* memory) {
           return NVML(nvmlDeviceGetMemoryInfo_v2)(gpu, As<nvmlMemory_v2_t>(memory));
         });
  Report("nvmlDeviceGetPciInfoExt", {0x01000040, 0x02000040, 0}, [&](unsigned char* memory) {
    return NVML(nvmlDeviceGetPciInfoExt)(gpu, As<nvmlPciInfoExt_v1_t>(memory));
  });
  Report("nvmlSystemGetDriverBranch", {0x01000054, 0x02000054, 0}, [&](unsigned char* memory) {
    return NVML(nvmlSystemGetDriverBranch)(As<nvmlSystemDriverBranchInfo_v1_t>(memory), 80);
  });
  Report("nvmlSystemEventSetCreate", {0x01000010, 0x02000010, 0}, [&](unsigned char* memory) {
    return NVML(nvmlSystemEventSetCreate)(As<nvmlSystemEventSetCreateRequest_v1_t>(memory));
  });
  Report("nvmlGpmQueryDeviceSupport", {1, 0x01000008, 2, 0}, [&](unsigned char* memory) {
    return NVML(nvmlGpmQueryDeviceSupport)(gpu, As<nvmlGpmSupport_t>(memory));
  });

  // Untagged structs: only the written size distinguishes the versions.
  const auto untagged = [&](const char* name, auto call) { Report(name, {0x5A5A5A5A}, call); };
  untagged("nvmlDeviceGetGpuInstanceProfileInfo", [&](unsigned char* memory) {
    return NVML(nvmlDeviceGetGpuInstanceProfileInfo)(gpu, 0,
                                                     As<nvmlGpuInstanceProfileInfo_t>(memory));
  });
  untagged("nvmlDeviceGetMemoryInfo", [&](unsigned char* memory) {
    return NVML(nvmlDeviceGetMemoryInfo)(gpu, As<nvmlMemory_t>(memory));
  });
  untagged("nvmlDeviceGetPciInfo", [&](unsigned char* memory) {
    return NVML(nvmlDeviceGetPciInfo)(gpu, As<nvmlPciInfo_v2_t>(memory));
  });
  untagged("nvmlDeviceGetPciInfo_v3", [&](unsigned char* memory) {
    return NVML(nvmlDeviceGetPciInfo_v3)(gpu, As<nvmlPciInfo_t>(memory));
  });
  nvmlComputeInstance_t ci;
  if (NVML(nvmlGpuInstanceCreateComputeInstance)(gi, 4, &ci) != NVML_SUCCESS) return 1;
  untagged("nvmlComputeInstanceGetInfo", [&](unsigned char* memory) {
    return NVML(nvmlComputeInstanceGetInfo)(ci, As<nvmlComputeInstanceInfo_v1_t>(memory));
  });
  untagged("nvmlComputeInstanceGetInfo_v2", [&](unsigned char* memory) {
    return NVML(nvmlComputeInstanceGetInfo_v2)(ci, As<nvmlComputeInstanceInfo_t>(memory));
  });
  nvmlDevice_t mig;
  NVML(nvmlDeviceGetMigDeviceHandleByIndex)(gpu, 0, &mig);
  untagged("nvmlDeviceGetAttributes", [&](unsigned char* memory) {
    return NVML(nvmlDeviceGetAttributes)(mig, As<nvmlDeviceAttributes_v1_t>(memory));
  });
  untagged("nvmlDeviceGetAttributes_v2", [&](unsigned char* memory) {
    return NVML(nvmlDeviceGetAttributes_v2)(mig, As<nvmlDeviceAttributes_t>(memory));
  });

  const auto processes = [&](const char* name, auto list) {
    untagged(name, [&](unsigned char* memory) {
      unsigned count = 4;
      return list(mig, &count, memory);
    });
  };
  using Control = const char*(const char*, int*);
  int status = 0;
  NvmlSymbol<Control>("migsim_control")("add-process pid=7 gpu=0 gi=0 ci=0", &status);
  NvmlSymbol<Control>("migsim_control")("add-process pid=8 gpu=0 gi=0 ci=0", &status);
  processes("nvmlDeviceGetComputeRunningProcesses", [](auto device, auto count, auto memory) {
    return NVML(nvmlDeviceGetComputeRunningProcesses)(device, count,
                                                      As<nvmlProcessInfo_v1_t>(memory));
  });
  processes("nvmlDeviceGetComputeRunningProcesses_v2", [](auto device, auto count, auto memory) {
    return NVML(nvmlDeviceGetComputeRunningProcesses_v2)(device, count,
                                                         As<nvmlProcessInfo_v2_t>(memory));
  });
  processes("nvmlDeviceGetComputeRunningProcesses_v3", [](auto device, auto count, auto memory) {
    return NVML(nvmlDeviceGetComputeRunningProcesses_v3)(device, count,
                                                         As<nvmlProcessInfo_v2_t>(memory));
  });
  std::printf("}\n");
}
