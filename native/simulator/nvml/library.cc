// Sessions, versions and names of the library itself.
#include <cstdio>
#include <string>

#include "simulator/model/driver_features.h"
#include "simulator/nvml/caller.h"
#include "simulator/nvml/exports.h"
#include "simulator/nvml/function_name.h"
#include "simulator/nvml/gate.h"
#include "simulator/nvml/result.h"
#include "simulator/store/transaction.h"

namespace migsim {
namespace {

using namespace nvml_abi;

// Why no session can begin.
std::string begin_error(unsigned machine_number) {
  if (std::string error = caller_error(); !error.empty()) return error;
  return machine_number == kEnvironmentMachine ? environment_machine_error() : std::string();
}

bool has_gpus(const Machine& machine) {
  const Reading reading(machine);
  for (unsigned gpu = 0; gpu < machine.gpu_count(); ++gpu) {
    if (!reading.gpu(gpu).removed && !reading.gpu(gpu).draining) return true;
  }
  return false;
}

nvmlReturn_t begin_session(FunctionId function, unsigned flags = 0) {
  const unsigned number = selected_machine();
  const Gate gate(function, number, Session::kNotNeeded);
  if (const std::string error = begin_error(number); !error.empty()) {
    // The only way to tell the user of a program that knows nothing of
    // simulated machines.
    std::fprintf(stderr, "libnvidia-ml.so.1 (simulated): %s\n", error.c_str());
    return NVML_ERROR_DRIVER_NOT_LOADED;
  }
  if (gate.answered()) return gate.answer();
  const bool needs_gpus = gate.machine().driver() >= kFirstGpuNotFound;
  if (needs_gpus && (flags & NVML_INIT_FLAG_NO_GPUS) == 0 && !has_gpus(gate.machine())) {
    return NVML_ERROR_GPU_NOT_FOUND;
  }
  gate.machine().begin_session();
  return NVML_SUCCESS;
}

std::string driver_text(DriverVersion driver) {
  char text[kDriverTextSize];
  write_driver_version(driver, text);
  return text;
}

// What needs a session but no handle.
template <FunctionName kName, typename Body>
nvmlReturn_t system_call(Body body) {
  const Gate gate(kName.id(), selected_machine());
  return gate.answered() ? gate.answer() : body(gate.machine());
}

}  // namespace
}  // namespace migsim

namespace nvml_abi {

using namespace migsim;

nvmlReturn_t nvmlInit() { return begin_session(function_id("nvmlInit")); }

nvmlReturn_t nvmlInit_v2() { return begin_session(function_id("nvmlInit_v2")); }

nvmlReturn_t nvmlInitWithFlags(unsigned int flags) {
  return begin_session(function_id("nvmlInitWithFlags"), flags);
}

nvmlReturn_t nvmlShutdown() {
  const Gate gate(function_id("nvmlShutdown"), selected_machine(), Session::kNotNeeded);
  if (gate.answered()) return gate.answer();
  return gate.machine().end_session() ? NVML_SUCCESS : NVML_ERROR_UNINITIALIZED;
}

nvmlReturn_t nvmlSystemGetDriverVersion(char* version, unsigned int length) {
  return system_call<"nvmlSystemGetDriverVersion">([=](const Machine& machine) {
    return give_text(version, length, driver_text(machine.driver()));
  });
}

nvmlReturn_t nvmlSystemGetNVMLVersion(char* version, unsigned int length) {
  const Gate gate(function_id("nvmlSystemGetNVMLVersion"), selected_machine(), Session::kNotNeeded);
  if (gate.answered()) return gate.answer();
  const DriverVersion driver = gate.machine().driver();
  return give_text(version, length,
                   std::to_string(cuda_version(driver) / 1000) + "." + driver_text(driver));
}

nvmlReturn_t nvmlSystemGetCudaDriverVersion(int* version) {
  return system_call<"nvmlSystemGetCudaDriverVersion">(
      [=](const Machine& machine) { return give(version, cuda_version(machine.driver())); });
}

nvmlReturn_t nvmlSystemGetCudaDriverVersion_v2(int* version) {
  return system_call<"nvmlSystemGetCudaDriverVersion_v2">(
      [=](const Machine& machine) { return give(version, cuda_version(machine.driver())); });
}

nvmlReturn_t nvmlSystemGetDriverBranch(nvmlSystemDriverBranchInfo_v1_t* info, unsigned int length) {
  return system_call<"nvmlSystemGetDriverBranch">([=](const Machine& machine) {
    if (info == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    if (info->version != nvmlSystemDriverBranchInfo_v1_version) {
      return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
    }
    const std::string branch = "r" + std::to_string(machine.driver().branch) + "_00";
    return give_text(info->branch, std::min<unsigned>(length, sizeof info->branch), branch);
  });
}

nvmlReturn_t nvmlSystemGetProcessName(unsigned int pid, char* name, unsigned int length) {
  return system_call<"nvmlSystemGetProcessName">([=](const Machine& machine) {
    if (name == nullptr || length == 0) return NVML_ERROR_INVALID_ARGUMENT;
    const Reading reading(machine);
    for (const Process& process : reading.processes().all()) {
      if (process.pid != pid) continue;
      return give_text(name, length, std::string_view(process.name).substr(0, length - 1));
    }
    return NVML_ERROR_NOT_FOUND;
  });
}

nvmlReturn_t nvmlGetExcludedDeviceCount(unsigned int* deviceCount) {
  return system_call<"nvmlGetExcludedDeviceCount">(
      [=](const Machine&) { return give(deviceCount, 0u); });
}

}  // namespace nvml_abi
