#include "simulator/model/host_shape.h"

#include <algorithm>
#include <iterator>

#include "simulator/model/limits.h"

namespace migsim {
namespace {

// Buses in the order of NVML's indexes. Nodes and processors: `nvidia-smi topo -m` of a DGX A100 in
// NVIDIA/nccl#1505; of an eight-GPU H100 machine in vllm-project/vllm#13855. Both captures show
// NVLink between the GPUs, which hides the PCIe path. Two GPUs of a DGX A100 share switches,
// because both are PXB to the same network cards. The buses of the H100 machine are assumed.
constexpr Seat kDgxA100[] = {{0x07, 3}, {0x0F, 3}, {0x47, 1}, {0x4E, 1},
                             {0x87, 7}, {0x90, 7}, {0xB7, 5}, {0xBD, 5}};
constexpr Seat kDgxH100[] = {{0x1B, 0}, {0x43, 0}, {0x52, 0}, {0x61, 0},
                             {0x9D, 1}, {0xC3, 1}, {0xD1, 1}, {0xDF, 1}};

using enum TopologyLevel;

// `one-socket` and `pcie-pairs` are assumed: they model no particular computer.
constexpr HostShape kShapes[] = {
    {"dgx-a100", 8, 2, 8, 128, 2, kSeveralSwitches, kNode, kDgxA100},
    {"dgx-h100", 8, 2, 2, 112, 1, kNode, kNode, kDgxH100},
    {"one-socket", kMaxGpus, 1, 1, 64, 1, kHostBridge, kHostBridge, {}},
    {"pcie-pairs", kMaxGpus, 2, 2, 64, 2, kOneSwitch, kNode, {}},
};
constexpr std::uint8_t kDefaultForFew = 0;
constexpr std::uint8_t kDefaultForMany = 3;

}  // namespace

std::span<const HostShape> HostShapes() { return kShapes; }

std::optional<std::uint8_t> FindHostShape(std::string_view name) {
  const auto* found = std::ranges::find(kShapes, name, &HostShape::name);
  if (found == std::end(kShapes)) return std::nullopt;
  return static_cast<std::uint8_t>(found - std::begin(kShapes));
}

std::string HostShapeNames() {
  std::string names;
  for (const HostShape& shape : kShapes) (names += names.empty() ? "" : ", ") += shape.name;
  return names;
}

std::uint8_t DefaultHostShape(std::size_t gpu_count) {
  return gpu_count <= kShapes[kDefaultForFew].most_gpus ? kDefaultForFew : kDefaultForMany;
}

PciAddress PciAddressOf(const HostShape& host, unsigned gpu) {
  if (!host.seats.empty()) return {0, host.seats[gpu].bus, 0};
  return {0, 0x04 + 7 * gpu, 0};
}

unsigned NodeOf(const HostShape& host, unsigned gpu, unsigned gpu_count) {
  if (!host.seats.empty()) return host.seats[gpu].node;
  const unsigned groups = (gpu_count + host.gpus_behind_switch - 1) / host.gpus_behind_switch;
  return gpu / host.gpus_behind_switch * host.nodes / groups;
}

TopologyLevel CommonAncestor(const HostShape& host, unsigned a, unsigned b, unsigned gpu_count) {
  if (a == b) return kSameGpu;
  if (a / host.gpus_behind_switch == b / host.gpus_behind_switch) return host.behind_switch;
  const bool same_node = NodeOf(host, a, gpu_count) == NodeOf(host, b, gpu_count);
  return same_node ? host.within_node : kSystem;
}

unsigned NodeOfCpu(const HostShape& host, unsigned cpu) {
  return cpu % host.cores / (host.cores / host.nodes);
}

}  // namespace migsim
