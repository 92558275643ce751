#include <link.h>

#include <cstdio>

#include "questions.h"
#include "simulator/store/function_table.h"

namespace migprobe {
namespace {

void print_names(void* library, bool exported) {
  const char* separator = "";
  for (const auto& function : migsim::kFunctions) {
    if ((dlsym(library, function.name.data()) != nullptr) != exported) continue;
    std::printf("%s\"%s\"", separator, function.name.data());
    separator = ",";
  }
}

void ask_error_text(const char* (*describe)(nvml_abi::nvmlReturn_t), int code) {
  std::printf("{\"kind\":\"error-text\",\"code\":%d,\"text\":", code);
  std::fflush(stdout);
  const char* text = describe(static_cast<nvml_abi::nvmlReturn_t>(code));
  if (text == nullptr)
    std::printf("null");
  else
    print_text(text);
  std::printf("}\n");
  std::fflush(stdout);
}

}  // namespace

// Where the loader found the library.
void ask_place(const Subject& system) {
  link_map* map = nullptr;
  if (dlinfo(system.library, RTLD_DI_LINKMAP, &map) != 0 || map == nullptr) return;
  std::printf("{\"kind\":\"library\",\"path\":");
  print_text(map->l_name);
  std::printf("}\n");
}

// Of every name that a header of NVIDIA declares since CUDA 11.0.
void ask_exported_names(const Subject& system) {
  std::printf("{\"kind\":\"names\",\"exported\":[");
  print_names(system.library, true);
  std::printf("],\"missing\":[");
  print_names(system.library, false);
  std::printf("]}\n");
  std::fflush(stdout);
}

void ask_error_texts(const Subject& system) {
  constexpr int kPastTheLast = 32;
  const auto describe = reinterpret_cast<decltype(nvml_abi::nvmlErrorString)*>(
      dlsym(system.library, "nvmlErrorString"));
  if (describe == nullptr) return;
  for (int code = 0; code < kPastTheLast; ++code) ask_error_text(describe, code);
  ask_error_text(describe, nvml_abi::NVML_ERROR_UNKNOWN);
}

}  // namespace migprobe
