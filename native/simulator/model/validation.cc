#include "simulator/model/validation.h"

#include <algorithm>

#include "simulator/model/catalog.h"

namespace migsim {
namespace {

bool is_valid(const ComputeInstance& instance, const GpuProfile& profile) {
  if (!instance.live()) return true;
  if (instance.profile >= profile.compute_profiles.size()) return false;
  const auto placements = profile.compute_profiles[instance.profile].placements;
  return std::ranges::find(placements, instance.place) != placements.end();
}

bool is_valid(const GpuInstance& instance, const Geometry& geometry) {
  if (!instance.live()) return true;
  if (instance.profile >= geometry.profiles.size()) return false;
  const GpuProfile& profile = geometry.profiles[instance.profile];
  if (std::ranges::find(profile.placements, instance.place) == profile.placements.end()) {
    return false;
  }
  return std::ranges::all_of(instance.compute_instances, [&](const ComputeInstance& compute) {
    return is_valid(compute, profile);
  });
}

}  // namespace

bool is_valid(const GpuState& gpu) {
  if (gpu.model >= gpu_models().size()) return false;
  const Geometry& geometry = *gpu_models()[gpu.model].geometry;
  return std::ranges::all_of(
      gpu.instances, [&](const GpuInstance& instance) { return is_valid(instance, geometry); });
}

bool is_valid(const ProcessTable& processes, unsigned gpu_count) {
  if (processes.count > kMaxProcesses) return false;
  return std::ranges::all_of(processes.all(), [=](const Process& process) {
    return process.gpu < gpu_count && process.name[kProcessNameSize - 1] == '\0';
  });
}

}  // namespace migsim
