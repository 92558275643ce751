// Puts questions to an NVML library that its documentation leaves open and that need no change of
// anything: usage: probe LIBRARY. Answers are lines of JSON. Exit status 0 when it came to the end,
// also of a machine without GPUs; 1 when the library cannot be loaded.
#include <cstdio>

#include "questions.h"

namespace migprobe {
namespace {

using namespace nvml_abi;

void ask_gpus(const Subject& system) {
  unsigned count = 0;
  if (!NVML_CALL(system, nvmlDeviceGetCount_v2).make(&count).out("count", count).ok()) return;
  const auto each = [&](auto ask) {
    for (unsigned index = 0; index < count; ++index) {
      const Subject gpu{system.library, static_cast<int>(index), "gpu"};
      nvmlDevice_t handle = nullptr;
      if (NVML_CALL(gpu, nvmlDeviceGetHandleByIndex_v2).make(index, &handle).ok()) ask(gpu, handle);
    }
  };
  each([](const Subject& gpu, nvmlDevice_t handle) {
    ask_gpu(gpu, handle);
    ask_processes(gpu, handle);
    ask_events(gpu, handle);
    ask_profiles(gpu, handle);
    ask_mig_devices(gpu, handle);
  });
  each(ask_version_tags);
}

int run(const char* path) {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  const Subject system{library, -1, "system"};
  ask_place(system);
  ask_exported_names(system);
  ask_error_texts(system);
  if (!NVML_CALL(system, nvmlInit_v2).make().ok()) return 0;
  ask_system(system);
  ask_gpus(system);
  NVML_CALL(system, nvmlShutdown).make();
  // The library stays loaded: drivers have left callbacks behind that crash the process after it.
  return 0;
}

}  // namespace
}  // namespace migprobe

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: probe LIBRARY\n");
    return 2;
  }
  return migprobe::run(arguments[1]);
}
