// Where the GPUs of a machine sit in their host: PCI addresses, PCIe switches, NUMA nodes,
// processor cores. A machine never changes its shape.
#ifndef MIG_SIMULATOR_MODEL_HOST_SHAPE_H_
#define MIG_SIMULATOR_MODEL_HOST_SHAPE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace migsim {

struct PciAddress {
  std::uint32_t domain;
  std::uint32_t bus;
  std::uint32_t device;

  friend bool operator==(const PciAddress&, const PciAddress&) = default;
};

// The nearest common ancestor of two GPUs. The numbers are NVML_TOPOLOGY_*.
enum class TopologyLevel : unsigned {
  kSameGpu = 0,
  kOneSwitch = 10,
  kSeveralSwitches = 20,
  kHostBridge = 30,
  kNode = 40,
  kSystem = 50,
};

struct Seat {
  std::uint8_t bus;
  std::uint8_t node;
};

struct HostShape {
  std::string_view name;
  unsigned most_gpus;
  unsigned sockets;
  unsigned nodes;  // NUMA nodes: as many in every socket
  unsigned cores;  // in the whole host, the same number in every node; each runs two threads
  // This many consecutive GPUs are behind one group of switches; 1: no switch is shared.
  unsigned gpus_behind_switch;
  TopologyLevel behind_switch;
  TopologyLevel within_node;
  // One for each GPU. Empty: groups are spread evenly over the nodes, in order.
  std::span<const Seat> seats;

  unsigned threads() const { return 2 * cores; }
  unsigned SocketOf(unsigned node) const { return node * sockets / nodes; }
};

std::span<const HostShape> HostShapes();
// The position in HostShapes().
std::optional<std::uint8_t> FindHostShape(std::string_view name);
std::uint8_t DefaultHostShape(std::size_t gpu_count);
// "dgx-a100, …", for messages.
std::string HostShapeNames();

PciAddress PciAddressOf(const HostShape& host, unsigned gpu);
unsigned NodeOf(const HostShape& host, unsigned gpu, unsigned gpu_count);
TopologyLevel CommonAncestor(const HostShape& host, unsigned a, unsigned b, unsigned gpu_count);

// `cpu` counts hardware threads: the second threads of all cores follow the first ones.
unsigned NodeOfCpu(const HostShape& host, unsigned cpu);

}  // namespace migsim

#endif  // MIG_SIMULATOR_MODEL_HOST_SHAPE_H_
