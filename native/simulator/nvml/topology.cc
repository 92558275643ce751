// Connections of GPUs within their host, and the GPUs near a processor.
#include "simulator/model/host_shape.h"
#include "simulator/nvml/enumeration.h"
#include "simulator/nvml/lookup.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

static_assert(static_cast<unsigned>(TopologyLevel::kSameGpu) == abi::NVML_TOPOLOGY_INTERNAL);
static_assert(static_cast<unsigned>(TopologyLevel::kOneSwitch) == abi::NVML_TOPOLOGY_SINGLE);
static_assert(static_cast<unsigned>(TopologyLevel::kSeveralSwitches) ==
              abi::NVML_TOPOLOGY_MULTIPLE);
static_assert(static_cast<unsigned>(TopologyLevel::kHostBridge) == abi::NVML_TOPOLOGY_HOSTBRIDGE);
static_assert(static_cast<unsigned>(TopologyLevel::kNode) == abi::NVML_TOPOLOGY_NODE);
static_assert(static_cast<unsigned>(TopologyLevel::kSystem) == abi::NVML_TOPOLOGY_SYSTEM);

abi::nvmlGpuTopologyLevel_t LevelBetween(const Call& call, unsigned a, unsigned b) {
  return static_cast<abi::nvmlGpuTopologyLevel_t>(
      CommonAncestor(call.machine.host(), a, b, call.machine.gpu_count()));
}

// A call about two GPUs: body(call, second GPU).
template <FunctionName kName, typename Body>
abi::nvmlReturn_t ReadPair(abi::nvmlDevice_t first, abi::nvmlDevice_t second, Body body) {
  return ReadDevice<kName>(first, Accepts::kGpu, [=](const Call& call) {
    HandleTarget other;
    const abi::nvmlReturn_t result =
        Resolve(second, Accepts::kGpu, call.machine, call.reading, other);
    return result == abi::NVML_SUCCESS ? body(call, other.gpu) : result;
  });
}

bool IsLevel(unsigned level) { return level <= abi::NVML_TOPOLOGY_SYSTEM && level % 10 == 0; }

// A length of 0 requests the count; otherwise the array is filled to its length. Assumed: the count
// then says how many were written, and lost GPUs are left out.
template <typename IsWanted>
abi::nvmlReturn_t GiveGpus(Call call, unsigned* count, abi::nvmlDevice_t* devices,
                           IsWanted is_wanted) {
  if (count == nullptr || (devices == nullptr && *count != 0))
    return abi::NVML_ERROR_INVALID_ARGUMENT;
  const unsigned room = *count;
  unsigned found = 0;
  for (unsigned gpu = 0; gpu < call.machine.gpu_count(); ++gpu) {
    if (!IsVisible(call, gpu) || call.reading.Gpu(gpu).lost || !is_wanted(gpu)) continue;
    if (room != 0 && found == room) break;
    call.target.gpu = gpu;
    if (room != 0) devices[found] = call.gpu_handle();
    ++found;
  }
  *count = found;
  return abi::NVML_SUCCESS;
}

// MIG ends peer-to-peer access between GPUs (MIG User Guide, "Application considerations"). NVLink
// is not simulated. Assumed: the status for both, and that two GPUs of different architectures have
// no access to each other.
abi::nvmlGpuP2PStatus_t PeerStatus(const Call& call, unsigned other,
                                   abi::nvmlGpuP2PCapsIndex_t capability) {
  const GpuView second{other, call.machine.driver(), call.reading.Gpu(other)};
  const GpuView first = call.gpu();
  const bool peers = !first.state.mig_enabled && !second.state.mig_enabled &&
                     first.geometry().architecture == second.geometry().architecture;
  const bool over_pcie = capability == abi::NVML_P2P_CAPS_INDEX_READ ||
                         capability == abi::NVML_P2P_CAPS_INDEX_WRITE ||
                         capability == abi::NVML_P2P_CAPS_INDEX_PCI;
  return peers && over_pcie ? abi::NVML_P2P_STATUS_OK : abi::NVML_P2P_STATUS_NOT_SUPPORTED;
}

}  // namespace

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetTopologyCommonAncestor(
    abi::nvmlDevice_t device1, abi::nvmlDevice_t device2, abi::nvmlGpuTopologyLevel_t* pathInfo) {
  return ReadPair<"nvmlDeviceGetTopologyCommonAncestor">(
      device1, device2, [=](const Call& call, unsigned other) {
        return Give(pathInfo, LevelBetween(call, call.target.gpu, other));
      });
}

// The other GPUs that are at least as near as that level: "all devices that only need traverse a
// single PCIe switch", up to "all devices in the system" (NVML header).
MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetTopologyNearestGpus(abi::nvmlDevice_t device,
                                                                 abi::nvmlGpuTopologyLevel_t level,
                                                                 unsigned int* count,
                                                                 abi::nvmlDevice_t* deviceArray) {
  return ReadDevice<"nvmlDeviceGetTopologyNearestGpus">(
      device, Accepts::kGpu, [=](const Call& call) {
        if (!IsLevel(level)) return abi::NVML_ERROR_INVALID_ARGUMENT;
        return GiveGpus(call, count, deviceArray, [&](unsigned gpu) {
          return gpu != call.target.gpu && LevelBetween(call, call.target.gpu, gpu) <= level;
        });
      });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlSystemGetTopologyGpuSet(unsigned int cpuNumber,
                                                            unsigned int* count,
                                                            abi::nvmlDevice_t* deviceArray) {
  return LookUp<"nvmlSystemGetTopologyGpuSet">([=](const Call& call) {
    const HostShape& host = call.machine.host();
    if (cpuNumber >= host.threads()) return abi::NVML_ERROR_INVALID_ARGUMENT;
    return GiveGpus(call, count, deviceArray, [&](unsigned gpu) {
      return NodeOf(host, gpu, call.machine.gpu_count()) == NodeOfCpu(host, cpuNumber);
    });
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetP2PStatus(abi::nvmlDevice_t device1,
                                                       abi::nvmlDevice_t device2,
                                                       abi::nvmlGpuP2PCapsIndex_t p2pIndex,
                                                       abi::nvmlGpuP2PStatus_t* p2pStatus) {
  return ReadPair<"nvmlDeviceGetP2PStatus">(
      device1, device2, [=](const Call& call, unsigned other) {
        if (p2pIndex >= abi::NVML_P2P_CAPS_INDEX_UNKNOWN) return abi::NVML_ERROR_INVALID_ARGUMENT;
        return Give(p2pStatus, PeerStatus(call, other, p2pIndex));
      });
}

// Every simulated board has one GPU, as nvmlDeviceGetMultiGpuBoard reports.
MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceOnSameBoard(abi::nvmlDevice_t device1,
                                                      abi::nvmlDevice_t device2, int* onSameBoard) {
  return ReadPair<"nvmlDeviceOnSameBoard">(device1, device2, [=](const Call& call, unsigned other) {
    return Give(onSameBoard, int{call.target.gpu == other});
  });
}

}  // namespace migsim
