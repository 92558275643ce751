#include "nvml/events.h"

#include <utility>

#include "nvml/abi/event.h"

namespace mig {
namespace {

// "No such instance" in an event (NVML header 13.3, nvmlEventData_t).
constexpr unsigned int kNotAttributed = 0xFFFFFFFF;

std::optional<unsigned int> InstanceId(unsigned int id) {
  return id == kNotAttributed ? std::nullopt : std::optional(id);
}

}  // namespace

Outcome<std::shared_ptr<EventSet>> EventSet::Create(std::shared_ptr<Session> session,
                                                    const std::vector<std::string>& gpus) {
  abi::nvmlEventSet_t handle = nullptr;
  {
    const Machine::Selection selection(session->machine());
    const Status status = session->nvml().nvmlEventSetCreate(&handle);
    if (!status.ok()) return status;
  }
  std::shared_ptr<EventSet> set(new EventSet(std::move(session), handle));
  Status refusal{abi::NVML_ERROR_NOT_SUPPORTED, "nvmlDeviceRegisterEvents"};
  bool registered = false;
  for (const auto& gpu : gpus) {
    const Status status = set->Register(gpu);
    if (status.ok())
      registered = true;
    else
      refusal = status;
  }
  if (!registered) return refusal;
  return set;
}

EventSet::~EventSet() { session_->nvml().nvmlEventSetFree(set_); }

// One type at a time, because a driver that does not know one of several types refuses them all.
Status EventSet::Register(const std::string& gpu) {
  const auto device = session_->Device(gpu);
  if (!device.ok()) return device.status;
  Status refusal;
  bool registered = false;
  for (const auto type : {abi::nvmlEventTypeXidCriticalError, abi::nvmlEventMigConfigChange}) {
    const Status status = session_->nvml().nvmlDeviceRegisterEvents(device.value, type, set_);
    if (status.ok())
      registered = true;
    else
      refusal = status;
  }
  if (!registered) return refusal;
  uuids_[device.value] = gpu;
  return {};
}

Outcome<std::optional<GpuEvent>> EventSet::Wait(unsigned int timeout_ms) {
  abi::nvmlEventData_t data{};
  const Status status = session_->nvml().nvmlEventSetWait_v2(set_, &data, timeout_ms);
  if (status.is(abi::NVML_ERROR_TIMEOUT)) return std::optional<GpuEvent>();
  if (!status.ok()) return status;
  return std::optional(GpuEvent{UuidOf(data.device), data.eventType, data.eventData,
                                InstanceId(data.gpuInstanceId),
                                InstanceId(data.computeInstanceId)});
}

std::optional<std::string> EventSet::UuidOf(abi::nvmlDevice_t device) const {
  if (const auto known = uuids_.find(device); known != uuids_.end()) return known->second;
  auto uuid = GetUuid(session_->nvml(), device);
  return uuid.ok() ? std::optional(std::move(uuid.value)) : std::nullopt;
}

}  // namespace mig
