// Which processors and which memory of the host are near a GPU.
#include <algorithm>
#include <climits>

#include "simulator/model/host_shape.h"
#include "simulator/nvml/device_call.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

constexpr unsigned kBits = sizeof(unsigned long) * CHAR_BIT;

// Sets a bit for each of `end` numbers that is near. Assumed: numbers beyond the array are left
// out, because the header has no error for this.
template <typename IsNear>
void PutBits(unsigned long* set, unsigned size, unsigned end, IsNear is_near) {
  std::fill_n(set, size, 0ul);
  for (unsigned number = 0; number < end && number / kBits < size; ++number) {
    if (is_near(number)) set[number / kBits] |= 1ul << number % kBits;
  }
}

// Calls body(host, is_near); is_near(node) is about the GPU's own node or its socket.
template <FunctionName kName, typename Body>
abi::nvmlReturn_t GiveAffinity(abi::nvmlDevice_t device, unsigned size, unsigned long* set,
                               abi::nvmlAffinityScope_t scope, Body body) {
  return ReadDevice<kName>(device, Accepts::kGpu, [=](const Call& call) {
    if (size == 0 || set == nullptr || scope > abi::NVML_AFFINITY_SCOPE_SOCKET) {
      return abi::NVML_ERROR_INVALID_ARGUMENT;
    }
    const HostShape& host = call.machine.host();
    const unsigned own = NodeOf(host, call.target.gpu, call.machine.gpu_count());
    body(host, [&](unsigned node) {
      return scope == abi::NVML_AFFINITY_SCOPE_NODE ? node == own
                                                    : host.SocketOf(node) == host.SocketOf(own);
    });
    return abi::NVML_SUCCESS;
  });
}

template <FunctionName kName>
abi::nvmlReturn_t GiveCpus(abi::nvmlDevice_t device, unsigned size, unsigned long* set,
                           abi::nvmlAffinityScope_t scope) {
  return GiveAffinity<kName>(
      device, size, set, scope, [=](const HostShape& host, auto is_near_node) {
        PutBits(set, size, host.threads(),
                [&](unsigned cpu) { return is_near_node(NodeOfCpu(host, cpu)); });
      });
}

}  // namespace

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetCpuAffinity(abi::nvmlDevice_t device,
                                                         unsigned int cpuSetSize,
                                                         unsigned long* cpuSet) {
  return GiveCpus<"nvmlDeviceGetCpuAffinity">(device, cpuSetSize, cpuSet,
                                              abi::NVML_AFFINITY_SCOPE_NODE);
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetCpuAffinityWithinScope(
    abi::nvmlDevice_t device, unsigned int cpuSetSize, unsigned long* cpuSet,
    abi::nvmlAffinityScope_t scope) {
  return GiveCpus<"nvmlDeviceGetCpuAffinityWithinScope">(device, cpuSetSize, cpuSet, scope);
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetMemoryAffinity(abi::nvmlDevice_t device,
                                                            unsigned int nodeSetSize,
                                                            unsigned long* nodeSet,
                                                            abi::nvmlAffinityScope_t scope) {
  return GiveAffinity<"nvmlDeviceGetMemoryAffinity">(
      device, nodeSetSize, nodeSet, scope, [=](const HostShape& host, auto is_near) {
        PutBits(nodeSet, nodeSetSize, host.nodes, is_near);
      });
}

}  // namespace migsim
