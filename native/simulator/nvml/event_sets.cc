// Event sets: the events of GPUs that a client registers, and the wait for the next one.
#include <mutex>
#include <vector>

#include "simulator/nvml/deadline.h"
#include "simulator/nvml/device_call.h"
#include "simulator/nvml/object_table.h"
#include "simulator/nvml/result.h"
#include "simulator/store/event_ring.h"
#include "simulator/store/layout.h"

namespace migsim {
namespace {

struct Registration {
  unsigned gpu;
  unsigned long long types;
  std::uint64_t since;  // sequence number of the last event before it
};

struct SimEventSet {
  unsigned machine_number;
  std::uint32_t session;
  std::mutex mutex;
  std::vector<Registration> registrations;
  std::uint64_t seen = 0;  // sequence number of the last event that was checked
};

using EventSets = ObjectTable<abi::nvmlEventSet_t, SimEventSet>;

unsigned long long SupportedTypes(const GpuView& gpu) {
  return abi::nvmlEventTypeXidCriticalError |
         (gpu.geometry().ecc
              ? abi::nvmlEventTypeSingleBitEccError | abi::nvmlEventTypeDoubleBitEccError
              : 0) |
         (gpu.mig_capable() ? abi::nvmlEventMigConfigChange : 0);
}

bool Wants(const SimEventSet& set, const Event& event) {
  if (event.scope != EventScope::kGpu) return false;
  for (const Registration& entry : set.registrations) {
    if (entry.gpu == event.gpu && (entry.types & event.type) != 0 && event.sequence > entry.since) {
      return true;
    }
  }
  return false;
}

// The set's next event that has already happened. Assumed: receiving events about instances takes
// no privilege.
std::optional<Event> NextEvent(const SimMachine& machine, SimEventSet& set) {
  const std::lock_guard guard(set.mutex);
  const std::uint64_t last = LastEvent(machine);
  if (last > kEventCapacity) set.seen = std::max(set.seen, last - kEventCapacity);
  while (set.seen < last) {
    const auto event = FindEvent(machine, ++set.seen);
    if (event && Wants(set, *event)) return event;
  }
  return std::nullopt;
}

template <typename Data>
void WriteEvent(const SimMachine& machine, unsigned machine_number, const Event& event,
                Data& data) {
  data.device = GpuHandle(machine, Reading(machine), machine_number, event.gpu);
  data.eventType = event.type;
  data.eventData = event.data;
  if constexpr (requires { data.gpuInstanceId; }) {
    data.gpuInstanceId = event.gpu_instance;
    data.computeInstanceId = event.compute_instance;
  }
}

std::optional<abi::nvmlReturn_t> AnswerOfGate(FunctionId function, const SimEventSet* set) {
  const Gate gate(function, set == nullptr ? SelectedMachine() : set->machine_number);
  return gate.answered() ? std::optional(gate.answer()) : std::nullopt;
}

// Holds the machine only between waits, so that it can be closed meanwhile.
template <FunctionName kName, typename Data>
abi::nvmlReturn_t Wait(abi::nvmlEventSet_t handle, Data* data, unsigned timeout_ms) {
  const auto set = EventSets::Instance().Find(handle);
  if (const auto answer = AnswerOfGate(kName.id(), set.get())) return *answer;
  if (set == nullptr || data == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
  const Deadline deadline(timeout_ms);
  while (true) {
    const std::uint32_t* counter = nullptr;
    std::uint32_t seen = 0;
    {
      const PinnedMachine machine(set->machine_number);
      if (!machine || machine->session() != set->session) return abi::NVML_ERROR_UNINITIALIZED;
      counter = EventCounterAddress(*machine);
      seen = EventCounter(*machine);
      if (const auto event = NextEvent(*machine, *set)) {
        WriteEvent(*machine, set->machine_number, *event, *data);
        return abi::NVML_SUCCESS;
      }
    }
    if (deadline.over()) return abi::NVML_ERROR_TIMEOUT;
    WaitForEvent(counter, seen, deadline.NextStepMs());
  }
}

}  // namespace

MIGSIM_EXPORT abi::nvmlReturn_t nvmlEventSetCreate(abi::nvmlEventSet_t* set) {
  const Gate gate(FunctionIdOf("nvmlEventSetCreate"), SelectedMachine());
  if (gate.answered()) return gate.answer();
  if (set == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
  auto made = std::make_shared<SimEventSet>();
  made->machine_number = gate.machine_number();
  made->session = gate.machine().session();
  made->seen = LastEvent(gate.machine());
  *set = EventSets::Instance().Add(std::move(made));
  return abi::NVML_SUCCESS;
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlEventSetFree(abi::nvmlEventSet_t set) {
  const auto found = EventSets::Instance().Find(set);
  const auto answer = AnswerOfGate(FunctionIdOf("nvmlEventSetFree"), found.get());
  if (answer) return *answer;
  return EventSets::Instance().Remove(set) ? abi::NVML_SUCCESS : abi::NVML_ERROR_INVALID_ARGUMENT;
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlEventSetWait(abi::nvmlEventSet_t set,
                                                 abi::nvmlEventData_v1_t* data,
                                                 unsigned int timeoutms) {
  return Wait<"nvmlEventSetWait">(set, data, timeoutms);
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlEventSetWait_v2(abi::nvmlEventSet_t set,
                                                    abi::nvmlEventData_t* data,
                                                    unsigned int timeoutms) {
  return Wait<"nvmlEventSetWait_v2">(set, data, timeoutms);
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetSupportedEventTypes(abi::nvmlDevice_t device,
                                                                 unsigned long long* eventTypes) {
  return ReadDevice<"nvmlDeviceGetSupportedEventTypes">(
      device, Accepts::kGpu,
      [=](const Call& call) { return Give(eventTypes, SupportedTypes(call.gpu())); });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceRegisterEvents(abi::nvmlDevice_t device,
                                                         unsigned long long eventTypes,
                                                         abi::nvmlEventSet_t set) {
  const auto found = EventSets::Instance().Find(set);
  std::optional<Registration> registration;
  const abi::nvmlReturn_t result =
      ReadDevice<"nvmlDeviceRegisterEvents">(device, Accepts::kGpu, [&](const Call& call) {
        if (found == nullptr || found->machine_number != call.machine_number ||
            found->session != call.machine.session()) {
          return abi::NVML_ERROR_INVALID_ARGUMENT;
        }
        if ((eventTypes & ~SupportedTypes(call.gpu())) != 0) {
          return abi::NVML_ERROR_NOT_SUPPORTED;
        }
        registration = Registration{call.target.gpu, eventTypes, call.reading.ledger().last_event};
        return abi::NVML_SUCCESS;
      });
  if (!registration) return result;
  // Not under the machine's lock, which a waiting call takes while it holds the set's.
  const std::lock_guard guard(found->mutex);
  found->registrations.push_back(*registration);
  return abi::NVML_SUCCESS;
}

}  // namespace migsim
