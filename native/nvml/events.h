// The events of a driver about its GPUs: Xids, and changes of a MIG layout.
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
  // Absent when the driver no longer gives it.
  std::optional<std::string> gpu;
  // nvmlEventType…
  std::uint64_t type = 0;
  // The number of an Xid.
  std::uint64_t data = 0;
  // Absent: the whole GPU, or the driver does not say.
  std::optional<unsigned int> gpu_instance_id;
  std::optional<unsigned int> compute_instance_id;
};

class EventSet {
 public:
  // Fails only if none of the GPUs gives events. The events depend on the GPU, the driver and the
  // rights.
  static Outcome<std::shared_ptr<EventSet>> Create(std::shared_ptr<Session> session,
                                                   const std::vector<std::string>& gpus);
  ~EventSet();
  EventSet(const EventSet&) = delete;
  EventSet& operator=(const EventSet&) = delete;

  // Blocks for at most this time; no value: the time is over. Nothing wakes it, and the set must
  // not be freed meanwhile.
  Outcome<std::optional<GpuEvent>> Wait(unsigned int timeout_ms);

 private:
  EventSet(std::shared_ptr<Session> session, abi::nvmlEventSet_t set)
      : session_(std::move(session)), set_(set) {}

  Status Register(const std::string& gpu);
  std::optional<std::string> UuidOf(abi::nvmlDevice_t device) const;

  std::shared_ptr<Session> session_;
  abi::nvmlEventSet_t set_;
  // A GPU that has fallen off the bus no longer gives its UUID.
  std::unordered_map<abi::nvmlDevice_t, std::string> uuids_;
};

}  // namespace mig

#endif  // MIG_NVML_EVENTS_H_
