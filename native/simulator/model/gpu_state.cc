#include "simulator/model/gpu_state.h"

#include <algorithm>

namespace migsim {
namespace {

bool SameComputeInstance(const ComputeInstance& a, const ComputeInstance& b) {
  return a.generation == b.generation;
}

bool SameGpuInstance(const GpuInstance& a, const GpuInstance& b) {
  return a.generation == b.generation &&
         std::ranges::equal(a.compute_instances, b.compute_instances, SameComputeInstance);
}

}  // namespace

bool SameInstances(const GpuState& a, const GpuState& b) {
  return std::ranges::equal(a.instances, b.instances, SameGpuInstance);
}

}  // namespace migsim
