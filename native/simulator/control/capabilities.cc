#include "simulator/control/capabilities.h"

namespace migsim {
namespace {

// What the kernel module has room for.
constexpr unsigned kGpus = 32;
constexpr unsigned kGpuInstances = 15;
constexpr unsigned kComputeInstances = 8;

constexpr unsigned kMinorsPerGpuInstance = 1 + kComputeInstances;
constexpr unsigned kMinorsPerGpu = kGpuInstances * kMinorsPerGpuInstance;

}  // namespace

unsigned imex_capability() { return gpu_instance_capability(kGpus, 0); }

unsigned gpu_instance_capability(unsigned gpu, unsigned gpu_instance) {
  return kMonitorCapability + 1 + gpu * kMinorsPerGpu + gpu_instance * kMinorsPerGpuInstance;
}

unsigned compute_instance_capability(unsigned gpu, unsigned gpu_instance,
                                     unsigned compute_instance) {
  return gpu_instance_capability(gpu, gpu_instance) + 1 + compute_instance;
}

std::string mig_minors() {
  std::string lines = "config " + std::to_string(kConfigCapability) + "\nmonitor " +
                      std::to_string(kMonitorCapability) + "\n";
  for (unsigned gpu = 0; gpu < kGpus; ++gpu) {
    for (unsigned gi = 0; gi < kGpuInstances; ++gi) {
      const std::string instance = "gpu" + std::to_string(gpu) + "/gi" + std::to_string(gi);
      lines += instance + "/access " + std::to_string(gpu_instance_capability(gpu, gi)) + "\n";
      for (unsigned ci = 0; ci < kComputeInstances; ++ci) {
        lines += instance + "/ci" + std::to_string(ci) + "/access " +
                 std::to_string(compute_instance_capability(gpu, gi, ci)) + "\n";
      }
    }
  }
  return lines;
}

std::string nvlink_minors() { return "fabric-mgmt " + std::to_string(kFabricCapability) + "\n"; }

std::string sys_minors() { return "fabric-imex-mgmt " + std::to_string(imex_capability()) + "\n"; }

std::string capability_file(unsigned minor, unsigned mode) {
  return "DeviceFileMinor: " + std::to_string(minor) + "\nDeviceFileMode: " + std::to_string(mode) +
         "\nDeviceFileModify: 1\n";
}

}  // namespace migsim
