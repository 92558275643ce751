// MIG's device capabilities: the access files below /proc/driver/nvidia/capabilities, and the
// device nodes whose minor numbers they contain. Source: MIG User Guide, "Device nodes and
// capabilities"; numbering of open-gpu-kernel-modules nv-caps.c.
#ifndef MIG_SIMULATOR_CONTROL_CAPABILITIES_H_
#define MIG_SIMULATOR_CONTROL_CAPABILITIES_H_

#include <string>

namespace migsim {

inline constexpr unsigned kConfigCapability = 1;
inline constexpr unsigned kMonitorCapability = 2;

// The lowest number is that of NVLink's fabric, the highest that of IMEX.
inline constexpr unsigned kFabricCapability = 0;
unsigned ImexCapability();

// Minor numbers of /dev/nvidia-caps; `gpu` is the GPU's device minor.
unsigned GpuInstanceCapability(unsigned gpu, unsigned gpu_instance);
unsigned ComputeInstanceCapability(unsigned gpu, unsigned gpu_instance, unsigned compute_instance);

// The content of /proc/driver/nvidia-caps/mig-minors: every possible capability.
std::string MigMinors();

// The content of nvlink-minors and sys-minors in the same folder.
std::string NvlinkMinors();
std::string SysMinors();

// The content of an access file.
std::string CapabilityFile(unsigned minor, unsigned mode);

}  // namespace migsim

#endif  // MIG_SIMULATOR_CONTROL_CAPABILITIES_H_
