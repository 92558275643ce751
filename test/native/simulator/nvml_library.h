// An NVML library opened by path, for the small test programs of the simulated driver.
#ifndef MIG_NVML_TEST_NVML_LIBRARY_H_
#define MIG_NVML_TEST_NVML_LIBRARY_H_

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>

#include "nvml/abi.h"

// MIG_NVML_TEST_SIMULATOR names the library.
inline void* nvml_library() {
  static void* const library = [] {
    void* opened = dlopen(std::getenv("MIG_NVML_TEST_SIMULATOR"), RTLD_NOW | RTLD_LOCAL);
    if (opened == nullptr) {
      std::fprintf(stderr, "%s\n", dlerror());
      std::exit(2);
    }
    return opened;
  }();
  return library;
}

template <typename Function>
Function* NvmlSymbol(const char* name) {
  void* symbol = dlsym(nvml_library(), name);
  if (symbol == nullptr) {
    std::fprintf(stderr, "the library has no %s\n", name);
    std::exit(2);
  }
  return reinterpret_cast<Function*>(symbol);
}

// NVML(nvmlDeviceGetCount_v2)(&count): the function of that name in the library, with its own type.
#define NVML(function) (NvmlSymbol<decltype(nvml_abi::function)>(#function))

inline nvml_abi::nvmlDevice_t GpuAt(unsigned index) {
  nvml_abi::nvmlDevice_t device = nullptr;
  NVML(nvmlDeviceGetHandleByIndex_v2)(index, &device);
  return device;
}

#endif  // MIG_NVML_TEST_NVML_LIBRARY_H_
