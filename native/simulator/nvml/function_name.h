// Lets a function pass its own name as a template argument: ReadDevice<"nvmlDeviceGetName">(…). A
// name that is not in the function table does not compile.
#ifndef MIG_SIMULATOR_NVML_FUNCTION_NAME_H_
#define MIG_SIMULATOR_NVML_FUNCTION_NAME_H_

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "simulator/store/function_table.h"
#include "simulator/store/transaction.h"

namespace migsim {

template <std::size_t kSize>
struct FunctionName {
  char text[kSize];

  consteval FunctionName(const char (&name)[kSize]) { std::copy_n(name, kSize, text); }
  consteval FunctionId id() const { return FunctionIdOf(std::string_view(text, kSize - 1)); }
};

// Functions about MIG devices that answer from the session's view.
inline constexpr std::string_view kOfMigDevices[] = {
    "nvmlDeviceGetComputeInstanceId",      "nvmlDeviceGetDeviceHandleFromMigDeviceHandle",
    "nvmlDeviceGetGpuInstanceId",          "nvmlDeviceGetHandleByUUID",
    "nvmlDeviceGetHandleByUUIDV",          "nvmlDeviceGetIndex",
    "nvmlDeviceGetMigDeviceHandleByIndex", "nvmlDeviceGetUUID",
    "nvmlDeviceIsMigDeviceHandle",
};

constexpr Sight SightOf(FunctionId function) {
  const bool of_session =
      std::ranges::find(kOfMigDevices, kFunctions[function].name) != std::end(kOfMigDevices);
  return of_session ? Sight::kOfSession : Sight::kLive;
}

}  // namespace migsim

#endif  // MIG_SIMULATOR_NVML_FUNCTION_NAME_H_
