#include "simulator/model/mig_mode.h"

#include <algorithm>

#include "simulator/model/gpu_instances.h"

namespace migsim {
namespace {

void enter_mode(GpuState& state, bool enable) {
  state.mig_enabled = state.mig_pending = enable;
  // The driver turns accounting off when MIG comes on (NVML,
  // nvmlDeviceSetMigMode).
  if (enable) state.accounting_mode = false;
}

Outcome activate_by_reset(const GpuView& gpu, GpuState& state, const ProcessTable& processes,
                          ResetPolicy policy) {
  switch (policy) {
    case ResetPolicy::kRefused:
      return Outcome::kNotSupported;
    case ResetPolicy::kManual:
      return Outcome::kResetRequired;
    case ResetPolicy::kAutomatic:
      if (in_use(processes, gpu.index)) return Outcome::kInUse;
      reset_gpu_state(state);
      return Outcome::kSuccess;
  }
  return Outcome::kNotSupported;
}

}  // namespace

GpuState new_gpu(const GpuSpec& spec) {
  GpuState state = {};
  state.model = spec.model;
  state.halves_swapped = spec.halves_swapped;
  state.lower_half_first = spec.lower_half_first;
  state.compute_display = spec.compute_display;
  state.ecc_enabled = state.ecc_pending = gpu_models()[spec.model].geometry->ecc;
  state.mig_enabled = state.mig_pending = spec.mig_enabled;
  state.minor = spec.minor;
  return state;
}

Outcome set_mig_mode(const GpuView& gpu, GpuState& state, const ProcessTable& processes,
                     ResetPolicy policy, bool enable, Outcome& activation) {
  if (!gpu.mig_capable()) return Outcome::kNotSupported;
  activation = Outcome::kInUse;
  if (!enable && has_gpu_instances(state)) return Outcome::kInUse;
  activation = Outcome::kSuccess;
  if (!gpu.geometry().mode_change_needs_reset) {
    enter_mode(state, enable);
    return Outcome::kSuccess;
  }
  state.mig_pending = enable;
  if (state.mig_pending != state.mig_enabled) {
    activation = activate_by_reset(gpu, state, processes, policy);
  }
  return Outcome::kSuccess;
}

void reset_gpu_state(GpuState& state) {
  std::ranges::fill(state.instances, GpuInstance{});
  enter_mode(state, state.mig_pending);
  state.ecc_enabled = state.ecc_pending;
  state.compute_mode = 0;
}

void reboot_gpu_state(const Geometry& geometry, GpuState& state) {
  if (!geometry.mode_survives_reboot) state.mig_pending = false;
  reset_gpu_state(state);
  state.persistence_mode = false;
  state.accounting_mode = false;
  state.lost = state.removed = state.draining = false;
}

}  // namespace migsim
