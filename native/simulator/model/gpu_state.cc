#include "simulator/model/gpu_state.h"

#include <algorithm>

namespace migsim {
namespace {

bool same_compute_instance(const ComputeInstance& a, const ComputeInstance& b) {
  return a.generation == b.generation;
}

bool same_gpu_instance(const GpuInstance& a, const GpuInstance& b) {
  return a.generation == b.generation &&
         std::ranges::equal(a.compute_instances, b.compute_instances, same_compute_instance);
}

}  // namespace

bool same_instances(const GpuState& a, const GpuState& b) {
  return std::ranges::equal(a.instances, b.instances, same_gpu_instance);
}

}  // namespace migsim
