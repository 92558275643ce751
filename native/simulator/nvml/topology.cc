// How GPUs are connected within their host, and which of them a processor is near to.
#include "simulator/model/host_shape.h"
#include "simulator/nvml/enumeration.h"
#include "simulator/nvml/lookup.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

using namespace nvml_abi;

static_assert(static_cast<unsigned>(TopologyLevel::kSameGpu) == NVML_TOPOLOGY_INTERNAL);
static_assert(static_cast<unsigned>(TopologyLevel::kOneSwitch) == NVML_TOPOLOGY_SINGLE);
static_assert(static_cast<unsigned>(TopologyLevel::kSeveralSwitches) == NVML_TOPOLOGY_MULTIPLE);
static_assert(static_cast<unsigned>(TopologyLevel::kHostBridge) == NVML_TOPOLOGY_HOSTBRIDGE);
static_assert(static_cast<unsigned>(TopologyLevel::kNode) == NVML_TOPOLOGY_NODE);
static_assert(static_cast<unsigned>(TopologyLevel::kSystem) == NVML_TOPOLOGY_SYSTEM);

nvmlGpuTopologyLevel_t LevelBetween(const Call& call, unsigned a, unsigned b) {
  return static_cast<nvmlGpuTopologyLevel_t>(
      CommonAncestor(call.machine.host(), a, b, call.machine.gpu_count()));
}

// A call about two GPUs: body(call, second GPU).
template <FunctionName kName, typename Body>
nvmlReturn_t ReadPair(nvmlDevice_t first, nvmlDevice_t second, Body body) {
  return ReadDevice<kName>(first, Accepts::kGpu, [=](const Call& call) {
    Place other;
    const nvmlReturn_t result = Resolve(second, Accepts::kGpu, call.machine, call.reading, other);
    return result == NVML_SUCCESS ? body(call, other.gpu) : result;
  });
}

bool IsLevel(unsigned level) { return level <= NVML_TOPOLOGY_SYSTEM && level % 10 == 0; }

// Room 0 asks for the number; otherwise as many are written as there is room for. That the count
// then says how many were written, and that a lost GPU is left out, is assumed.
template <typename IsWanted>
nvmlReturn_t GiveGpus(Call call, unsigned* count, nvmlDevice_t* devices, IsWanted is_wanted) {
  if (count == nullptr || (devices == nullptr && *count != 0)) return NVML_ERROR_INVALID_ARGUMENT;
  const unsigned room = *count;
  unsigned found = 0;
  for (unsigned gpu = 0; gpu < call.machine.gpu_count(); ++gpu) {
    if (!IsVisible(call, gpu) || call.reading.Gpu(gpu).lost || !is_wanted(gpu)) continue;
    if (room != 0 && found == room) break;
    call.place.gpu = gpu;
    if (room != 0) devices[found] = call.gpu_handle();
    ++found;
  }
  *count = found;
  return NVML_SUCCESS;
}

// MIG ends peer-to-peer access between GPUs (MIG User Guide, "Application considerations"). NVLink
// is not simulated. The status that stands for either, and that two GPUs of different architectures
// have no access to each other, is assumed.
nvmlGpuP2PStatus_t PeerStatus(const Call& call, unsigned other, nvmlGpuP2PCapsIndex_t capability) {
  const GpuView second{other, call.machine.driver(), call.reading.Gpu(other)};
  const GpuView first = call.gpu();
  const bool peers = !first.state.mig_enabled && !second.state.mig_enabled &&
                     first.geometry().architecture == second.geometry().architecture;
  const bool over_pcie = capability == NVML_P2P_CAPS_INDEX_READ ||
                         capability == NVML_P2P_CAPS_INDEX_WRITE ||
                         capability == NVML_P2P_CAPS_INDEX_PCI;
  return peers && over_pcie ? NVML_P2P_STATUS_OK : NVML_P2P_STATUS_NOT_SUPPORTED;
}

}  // namespace
}  // namespace migsim

namespace nvml_abi {

using namespace migsim;

nvmlReturn_t nvmlDeviceGetTopologyCommonAncestor(nvmlDevice_t device1, nvmlDevice_t device2,
                                                 nvmlGpuTopologyLevel_t* pathInfo) {
  return ReadPair<"nvmlDeviceGetTopologyCommonAncestor">(
      device1, device2, [=](const Call& call, unsigned other) {
        return Give(pathInfo, LevelBetween(call, call.place.gpu, other));
      });
}

// The others that are at least as near as that level: "all devices that only need traverse a
// single PCIe switch", up to "all devices in the system" (NVML header).
nvmlReturn_t nvmlDeviceGetTopologyNearestGpus(nvmlDevice_t device, nvmlGpuTopologyLevel_t level,
                                              unsigned int* count, nvmlDevice_t* deviceArray) {
  return ReadDevice<"nvmlDeviceGetTopologyNearestGpus">(
      device, Accepts::kGpu, [=](const Call& call) {
        if (!IsLevel(level)) return NVML_ERROR_INVALID_ARGUMENT;
        return GiveGpus(call, count, deviceArray, [&](unsigned gpu) {
          return gpu != call.place.gpu && LevelBetween(call, call.place.gpu, gpu) <= level;
        });
      });
}

nvmlReturn_t nvmlSystemGetTopologyGpuSet(unsigned int cpuNumber, unsigned int* count,
                                         nvmlDevice_t* deviceArray) {
  return LookUp<"nvmlSystemGetTopologyGpuSet">([=](const Call& call) {
    const HostShape& host = call.machine.host();
    if (cpuNumber >= host.threads()) return NVML_ERROR_INVALID_ARGUMENT;
    return GiveGpus(call, count, deviceArray, [&](unsigned gpu) {
      return NodeOf(host, gpu, call.machine.gpu_count()) == NodeOfCpu(host, cpuNumber);
    });
  });
}

nvmlReturn_t nvmlDeviceGetP2PStatus(nvmlDevice_t device1, nvmlDevice_t device2,
                                    nvmlGpuP2PCapsIndex_t p2pIndex, nvmlGpuP2PStatus_t* p2pStatus) {
  return ReadPair<"nvmlDeviceGetP2PStatus">(
      device1, device2, [=](const Call& call, unsigned other) {
        if (p2pIndex >= NVML_P2P_CAPS_INDEX_UNKNOWN) return NVML_ERROR_INVALID_ARGUMENT;
        return Give(p2pStatus, PeerStatus(call, other, p2pIndex));
      });
}

// Every simulated board carries one GPU: nvmlDeviceGetMultiGpuBoard says so, too.
nvmlReturn_t nvmlDeviceOnSameBoard(nvmlDevice_t device1, nvmlDevice_t device2, int* onSameBoard) {
  return ReadPair<"nvmlDeviceOnSameBoard">(device1, device2, [=](const Call& call, unsigned other) {
    return Give(onSameBoard, int{call.place.gpu == other});
  });
}

}  // namespace nvml_abi
