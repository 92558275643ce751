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

ModelResult ActivateByReset(const GpuView& gpu, GpuState& state, const ProcessTable& processes,
                            ResetPolicy policy) {
  switch (policy) {
    case ResetPolicy::kRefused:
      return ModelResult::kNotSupported;
    case ResetPolicy::kManual:
      return ModelResult::kResetRequired;
    case ResetPolicy::kAutomatic:
      if (InUse(processes, gpu.index)) return ModelResult::kInUse;
      ResetGpuState(state);
      return ModelResult::kSuccess;
  }
  return ModelResult::kNotSupported;
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

ModelResult SetMigMode(const GpuView& gpu, GpuState& state, const ProcessTable& processes,
                       ResetPolicy policy, bool enable, ModelResult& activation) {
  if (!gpu.mig_capable()) return ModelResult::kNotSupported;
  activation = ModelResult::kInUse;
  if (!enable && HasGpuInstances(state)) return ModelResult::kInUse;
  activation = ModelResult::kSuccess;
  if (!gpu.geometry().mode_change_needs_reset) {
    EnterMode(state, enable);
    return ModelResult::kSuccess;
  }
  state.mig_pending = enable;
  if (state.mig_pending != state.mig_enabled) {
    activation = ActivateByReset(gpu, state, processes, policy);
  }
  return ModelResult::kSuccess;
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

void ForgetDriverState(const Geometry& geometry, GpuState& state) {
  std::ranges::fill(state.instances, GpuInstance{});
  if (!geometry.mode_survives_reboot) state.mig_enabled = state.mig_pending = false;
  state.persistence_mode = false;
  state.accounting_mode = false;
  state.compute_mode = 0;
  state.removed = state.draining = false;
}

}  // namespace migsim
