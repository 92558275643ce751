// The size limits of a simulated machine. Instance ids are slots: the kernel numbers GPU instances
// by place, 0 to 14, and compute instances from 0 to 7 (open-gpu-kernel-modules, nv-caps.c).
#ifndef MIG_SIMULATOR_MODEL_LIMITS_H_
#define MIG_SIMULATOR_MODEL_LIMITS_H_

namespace migsim {

inline constexpr unsigned kMaxGpus = 32;
inline constexpr unsigned kGpuInstanceSlots = 16;
inline constexpr unsigned kComputeInstanceSlots = 8;
inline constexpr unsigned kMaxProcesses = 256;
inline constexpr unsigned kProcessNameSize = 64;
// The kernel module numbers its GPUs' device nodes from 0 and supports this many (nv-caps.c).
inline constexpr unsigned kMinorNumbers = 32;

// "No such instance" in process lists, events and journal records, as NVML
// writes it.
inline constexpr unsigned kNoInstance = 0xFFFFFFFFu;

}  // namespace migsim

#endif  // MIG_SIMULATOR_MODEL_LIMITS_H_
