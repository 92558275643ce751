// MIG's device capabilities: the access files below /proc/driver/nvidia/capabilities and the device
// nodes whose minor numbers they tell. Source: MIG User Guide, "Device nodes and capabilities";
// numbering of open-gpu-kernel-modules nv-caps.c.
#ifndef MIG_SIMULATOR_CONTROL_CAPABILITIES_H_
#define MIG_SIMULATOR_CONTROL_CAPABILITIES_H_

#include <string>

namespace migsim {

inline constexpr unsigned kConfigCapability = 1;
inline constexpr unsigned kMonitorCapability = 2;

// The first number of all is that of NVLink's fabric, the last that of IMEX's.
inline constexpr unsigned kFabricCapability = 0;
unsigned ImexCapability();

// Minor numbers of /dev/nvidia-caps; `gpu` is the GPU's device minor.
unsigned GpuInstanceCapability(unsigned gpu, unsigned gpu_instance);
unsigned ComputeInstanceCapability(unsigned gpu, unsigned gpu_instance, unsigned compute_instance);

// The content of /proc/driver/nvidia-caps/mig-minors: every capability that could ever be.
std::string MigMinors();

// The content of nvlink-minors and sys-minors beside it.
std::string NvlinkMinors();
std::string SysMinors();

// The content of an access file.
std::string CapabilityFile(unsigned minor, unsigned mode);

}  // namespace migsim

#endif  // MIG_SIMULATOR_CONTROL_CAPABILITIES_H_
