#include "simulator/store/event_ring.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

#include "simulator/store/layout.h"
#include "simulator/store/transaction.h"

namespace migsim {

std::uint32_t EventCounter(const SimMachine& machine) {
  return machine.store().event_counter.load(std::memory_order_acquire);
}

const std::uint32_t* EventCounterAddress(const SimMachine& machine) {
  return reinterpret_cast<const std::uint32_t*>(&machine.store().event_counter);
}

void WaitForEvent(const std::uint32_t* counter, std::uint32_t seen, unsigned timeout_ms) {
  const timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1'000'000L};
  // Only the kernel reads the address, and returns EFAULT when it is unmapped.
  syscall(SYS_futex, counter, FUTEX_WAIT, seen, &timeout, nullptr, 0);
}

std::uint64_t LastEvent(const SimMachine& machine) { return Reading(machine).ledger().last_event; }

std::optional<Event> FindEvent(const SimMachine& machine, std::uint64_t sequence) {
  const Reading reading(machine);
  const Event& event = machine.store().events[sequence % kEventCapacity];
  const bool kept = sequence <= reading.ledger().last_event && event.sequence == sequence;
  return kept ? std::optional(event) : std::nullopt;
}

}  // namespace migsim
