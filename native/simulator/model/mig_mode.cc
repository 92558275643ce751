#include "simulator/model/mig_mode.h"

#include <algorithm>

#include "simulator/model/gpu_instances.h"

namespace migsim {
namespace {

void EnterMode(GpuState& state, bool enable) {
  state.mig_enabled = state.mig_pending = enable;
  // The driver turns accounting off when MIG comes on (NVML,
  // nvmlDeviceSetMigMode).
  if (enable) state.accounting_mode = false;
}

Outcome ActivateByReset(const GpuView& gpu, GpuState& state, const ProcessTable& processes,
                        ResetPolicy policy) {
  switch (policy) {
    case ResetPolicy::kRefused:
      return Outcome::kNotSupported;
    case ResetPolicy::kManual:
      return Outcome::kResetRequired;
    case ResetPolicy::kAutomatic:
      if (InUse(processes, gpu.index)) return Outcome::kInUse;
      ResetGpuState(state);
      return Outcome::kSuccess;
  }
  return Outcome::kNotSupported;
}

}  // namespace

GpuState NewGpu(const GpuSpec& spec) {
  GpuState state = {};
  state.model = spec.model;
  state.halves_swapped = spec.halves_swapped;
  state.lower_half_first = spec.lower_half_first;
  state.compute_display = spec.compute_display;
  state.ecc_enabled = state.ecc_pending = GpuModels()[spec.model].geometry->ecc;
  state.mig_enabled = state.mig_pending = spec.mig_enabled;
  state.minor = spec.minor;
  return state;
}

Outcome SetMigMode(const GpuView& gpu, GpuState& state, const ProcessTable& processes,
                   ResetPolicy policy, bool enable, Outcome& activation) {
  if (!gpu.mig_capable()) return Outcome::kNotSupported;
  activation = Outcome::kInUse;
  if (!enable && HasGpuInstances(state)) return Outcome::kInUse;
  activation = Outcome::kSuccess;
  if (!gpu.geometry().mode_change_needs_reset) {
    EnterMode(state, enable);
    return Outcome::kSuccess;
  }
  state.mig_pending = enable;
  if (state.mig_pending != state.mig_enabled) {
    activation = ActivateByReset(gpu, state, processes, policy);
  }
  return Outcome::kSuccess;
}

void ResetGpuState(GpuState& state) {
  std::ranges::fill(state.instances, GpuInstance{});
  EnterMode(state, state.mig_pending);
  state.ecc_enabled = state.ecc_pending;
  state.compute_mode = 0;
}

void RebootGpuState(const Geometry& geometry, GpuState& state) {
  if (!geometry.mode_survives_reboot) state.mig_pending = false;
  ResetGpuState(state);
  state.persistence_mode = false;
  state.accounting_mode = false;
  state.lost = state.removed = state.draining = false;
}

}  // namespace migsim
