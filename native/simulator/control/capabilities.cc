#include "simulator/control/capabilities.h"

namespace migsim {
namespace {

// The numbers of instances that the kernel module reserves minor numbers for.
constexpr unsigned kGpus = 32;
constexpr unsigned kGpuInstances = 15;
constexpr unsigned kComputeInstances = 8;

constexpr unsigned kMinorsPerGpuInstance = 1 + kComputeInstances;
constexpr unsigned kMinorsPerGpu = kGpuInstances * kMinorsPerGpuInstance;

}  // namespace

unsigned ImexCapability() { return GpuInstanceCapability(kGpus, 0); }

unsigned GpuInstanceCapability(unsigned gpu, unsigned gpu_instance) {
  return kMonitorCapability + 1 + gpu * kMinorsPerGpu + gpu_instance * kMinorsPerGpuInstance;
}

unsigned ComputeInstanceCapability(unsigned gpu, unsigned gpu_instance, unsigned compute_instance) {
  return GpuInstanceCapability(gpu, gpu_instance) + 1 + compute_instance;
}

std::string MigMinors() {
  std::string lines = "config " + std::to_string(kConfigCapability) + "\nmonitor " +
                      std::to_string(kMonitorCapability) + "\n";
  for (unsigned gpu = 0; gpu < kGpus; ++gpu) {
    for (unsigned gi = 0; gi < kGpuInstances; ++gi) {
      const std::string instance = "gpu" + std::to_string(gpu) + "/gi" + std::to_string(gi);
      lines += instance + "/access " + std::to_string(GpuInstanceCapability(gpu, gi)) + "\n";
      for (unsigned ci = 0; ci < kComputeInstances; ++ci) {
        lines += instance + "/ci" + std::to_string(ci) + "/access " +
                 std::to_string(ComputeInstanceCapability(gpu, gi, ci)) + "\n";
      }
    }
  }
  return lines;
}

std::string NvlinkMinors() { return "fabric-mgmt " + std::to_string(kFabricCapability) + "\n"; }

std::string SysMinors() { return "fabric-imex-mgmt " + std::to_string(ImexCapability()) + "\n"; }

std::string CapabilityFile(unsigned minor, unsigned mode) {
  return "DeviceFileMinor: " + std::to_string(minor) + "\nDeviceFileMode: " + std::to_string(mode) +
         "\nDeviceFileModify: 1\n";
}

}  // namespace migsim
