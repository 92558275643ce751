// The mutable state of one GPU, as plain data of fixed size: it is part of a file that several
// processes map.
#ifndef MIG_SIMULATOR_MODEL_GPU_STATE_H_
#define MIG_SIMULATOR_MODEL_GPU_STATE_H_

#include <cstdint>
#include <type_traits>

#include "simulator/model/limits.h"
#include "simulator/model/span.h"

namespace migsim {

// Generations distinguish an instance from a later one at the same place; handles carry them. They
// count up over the whole machine from 1; 0 marks a free slot.
struct ComputeInstance {
  std::uint32_t generation;
  std::uint8_t profile;  // position in GpuProfile::compute_profiles
  Span place;
  std::uint8_t compute_mode;  // NVML_COMPUTEMODE_*

  bool live() const { return generation != 0; }
};

struct GpuInstance {
  std::uint32_t generation;
  std::uint8_t profile;  // position in Geometry::profiles
  Span place;
  std::uint8_t unused;
  ComputeInstance compute_instances[kComputeInstanceSlots];  // by compute instance id

  bool live() const { return generation != 0; }
};

struct GpuState {
  std::uint16_t model;  // position in GpuModels()
  bool halves_swapped;
  bool lower_half_first;
  // True: a board that ships for graphics is in the compute display mode.
  bool compute_display;
  bool lost;
  // True: not bound to the driver. No call finds the GPU until a client discovers it again.
  bool removed;
  bool draining;       // takes no new clients
  std::uint8_t minor;  // N of /dev/nvidiaN
  bool mig_enabled;
  bool mig_pending;  // the mode after the next reset
  bool persistence_mode;
  bool accounting_mode;
  bool ecc_enabled;
  bool ecc_pending;
  std::uint8_t compute_mode;                 // NVML_COMPUTEMODE_*
  GpuInstance instances[kGpuInstanceSlots];  // by GPU instance id
};

// Whether both have exactly the same instances.
bool SameInstances(const GpuState& a, const GpuState& b);

static_assert(std::is_trivially_copyable_v<GpuState>);

}  // namespace migsim

#endif  // MIG_SIMULATOR_MODEL_GPU_STATE_H_
