// What happened to the GPUs of a machine, for clients that wait for it. The
// newest events are kept; a client that registers sees only what comes after.
#ifndef MIG_SIMULATOR_STORE_EVENT_RING_H_
#define MIG_SIMULATOR_STORE_EVENT_RING_H_

#include <cstdint>
#include <optional>

namespace migsim {

class SimMachine;

inline constexpr std::uint64_t kEventCapacity = 1024;

// Of one GPU's own events, or of GPUs that come and go: clients wait for them
// by other calls.
enum class EventScope : std::uint8_t { kGpu, kSystem };

struct Event {
  std::uint64_t sequence;  // from 1, without holes
  std::uint64_t type;      // nvmlEventType* or nvmlSystemEventType*
  std::uint64_t data;      // the Xid of an Xid event
  std::uint32_t gpu;
  EventScope scope = EventScope::kGpu;
};

// Waits inside the store until its event counter is no longer `seen`, or until
// the time is over. The memory may be unmapped meanwhile.
std::uint32_t EventCounter(const SimMachine& machine);
void WaitForEvent(const std::uint32_t* counter, std::uint32_t seen, unsigned timeout_ms);
const std::uint32_t* EventCounterAddress(const SimMachine& machine);

std::uint64_t LastEvent(const SimMachine& machine);
// The event of that sequence number, when it is still kept.
std::optional<Event> FindEvent(const SimMachine& machine, std::uint64_t sequence);

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_EVENT_RING_H_
