// MIG mode, and the state of a GPU after resets and reboots.
#ifndef MIG_SIMULATOR_MODEL_MIG_MODE_H_
#define MIG_SIMULATOR_MODEL_MIG_MODE_H_

#include "simulator/model/gpu_state.h"
#include "simulator/model/gpu_view.h"
#include "simulator/model/machine_spec.h"
#include "simulator/model/model_result.h"
#include "simulator/model/processes.h"

namespace migsim {

// The initial state of a GPU in a new machine.
GpuState NewGpu(const GpuSpec& spec);

// Stores the request and tries to apply it. The return value is about the request, `activation`
// about its effect (kSuccess, kInUse, kResetRequired, kNotSupported). kNotSupported: no MIG on this
// GPU. kInUse: disabling with instances.
ModelResult SetMigMode(const GpuView& gpu, GpuState& state, const ProcessTable& processes,
                       ResetPolicy policy, bool enable, ModelResult& activation);

// Pending modes take effect and instances are gone.
void ResetGpuState(GpuState& state);

// Does what a reset does; MIG mode stays only on GPUs that keep it in the InfoROM. Lost and removed
// GPUs are back.
void RebootGpuState(const Geometry& geometry, GpuState& state);

// What a GPU has lost when the kernel module is loaded again. Source: MIG User Guide, on Hopper and
// later: the mode persists only while the driver is resident. Assumed: a pending mode stays
// pending, and the settings of the driver are gone.
void ForgetDriverState(const Geometry& geometry, GpuState& state);

// Whether the GPU has the register in which a mode is requested without a driver. Source:
// mig-parted v0.15.0, pkg/mig/mode/pci.go: only the GA100 has it.
inline bool HasModeRegister(const Geometry& geometry) { return geometry.mode_change_needs_reset; }

}  // namespace migsim

#endif  // MIG_SIMULATOR_MODEL_MIG_MODE_H_
