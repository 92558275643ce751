// Events of a machine's GPUs, for waiting clients. The ring keeps the newest events; a client sees
// only events after its registration.
#ifndef MIG_SIMULATOR_STORE_EVENT_RING_H_
#define MIG_SIMULATOR_STORE_EVENT_RING_H_

#include <cstdint>
#include <optional>

#include "simulator/model/limits.h"

namespace migsim {

class SimMachine;

inline constexpr std::uint64_t kEventCapacity = 1024;

// Events of one GPU and of GPUs that come and go: clients wait for them with different calls.
enum class EventScope : std::uint8_t { kGpu, kSystem };

struct Event {
  std::uint64_t sequence;  // from 1, without holes
  std::uint64_t type;      // nvmlEventType* or nvmlSystemEventType*
  std::uint64_t data;      // the Xid of an Xid event
  std::uint32_t gpu;
  EventScope scope = EventScope::kGpu;
  // Only Xids can have them (NVML header, nvmlEventData_t).
  std::uint32_t gpu_instance = kNoInstance;
  std::uint32_t compute_instance = kNoInstance;
};

// Waits until the store's event counter is no longer `seen`, or the time is over. The memory may be
// unmapped meanwhile.
std::uint32_t EventCounter(const SimMachine& machine);
void WaitForEvent(const std::uint32_t* counter, std::uint32_t seen, unsigned timeout_ms);
const std::uint32_t* EventCounterAddress(const SimMachine& machine);

std::uint64_t LastEvent(const SimMachine& machine);
// The event with that sequence number, if the ring still has it.
std::optional<Event> FindEvent(const SimMachine& machine, std::uint64_t sequence);

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_EVENT_RING_H_
