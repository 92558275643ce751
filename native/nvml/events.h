// What a driver tells of its GPUs by itself: Xids, and that a MIG layout has changed.
#ifndef MIG_NVML_EVENTS_H_
#define MIG_NVML_EVENTS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "nvml/session.h"

namespace mig {

struct GpuEvent {
  // Absent when the driver does not tell it any more.
  std::optional<std::string> gpu;
  // nvmlEventType…
  std::uint64_t type = 0;
  // Of an Xid its number.
  std::uint64_t data = 0;
  // Absent: the whole GPU, or the driver cannot say.
  std::optional<unsigned int> gpu_instance_id;
  std::optional<unsigned int> compute_instance_id;
};

class EventSet {
 public:
  // Fails only when no event of any of the GPUs can be had; which there are depends on GPU, driver
  // and rights.
  static Outcome<std::shared_ptr<EventSet>> Create(std::shared_ptr<Session> session,
                                                   const std::vector<std::string>& gpus);
  ~EventSet();
  EventSet(const EventSet&) = delete;
  EventSet& operator=(const EventSet&) = delete;

  // Blocks for so long at most; without an event when the time is over. Nothing wakes it, and the
  // set may not be freed meanwhile.
  Outcome<std::optional<GpuEvent>> Wait(unsigned int timeout_ms);

 private:
  EventSet(std::shared_ptr<Session> session, abi::nvmlEventSet_t set)
      : session_(std::move(session)), set_(set) {}

  Status Register(const std::string& gpu);
  std::optional<std::string> UuidOf(abi::nvmlDevice_t device) const;

  std::shared_ptr<Session> session_;
  abi::nvmlEventSet_t set_;
  // A GPU that has fallen off the bus tells its UUID no more.
  std::unordered_map<abi::nvmlDevice_t, std::string> uuids_;
};

}  // namespace mig

#endif  // MIG_NVML_EVENTS_H_
