// Events of the system: clients discover and remove GPUs, which binds them to the driver and
// unbinds them.
#include <mutex>

#include "simulator/nvml/deadline.h"
#include "simulator/nvml/function_name.h"
#include "simulator/nvml/gate.h"
#include "simulator/nvml/object_table.h"
#include "simulator/store/event_ring.h"

namespace migsim {
namespace {

struct SystemEventSet {
  unsigned machine_number;
  std::uint32_t session;
  std::mutex mutex;
  unsigned long long types = 0;
  std::uint64_t seen = 0;  // sequence number of the last event that was checked
};

using SystemEventSets = ObjectTable<abi::nvmlSystemEventSet_t, SystemEventSet>;

// The common checks of all four calls; returns an answer if the call ends here.
template <typename Request>
std::optional<abi::nvmlReturn_t> Check(FunctionId function, const Request* request,
                                       unsigned version) {
  const Gate gate(function, SelectedMachine());
  if (gate.answered()) return gate.answer();
  if (request == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
  if (request->version != version) return abi::NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
  return std::nullopt;
}

// The kernel module derives it from the PCI address (open-gpu-kernel-modules, gpu_mgr.c).
unsigned GpuId(const SimMachine& machine, unsigned gpu) {
  const PciAddress address = machine.PciAddressOf(gpu);
  return address.domain << 16 | address.bus << 8 | address.device;
}

// Writes the set's events that have already happened, up to the length of the array.
unsigned TakeEvents(const SimMachine& machine, SystemEventSet& set,
                    abi::nvmlSystemEventSetWaitRequest_v1_t& request) {
  const std::lock_guard guard(set.mutex);
  const std::uint64_t last = LastEvent(machine);
  if (last > kEventCapacity) set.seen = std::max(set.seen, last - kEventCapacity);
  unsigned count = 0;
  while (set.seen < last && count < request.dataSize) {
    const auto event = FindEvent(machine, ++set.seen);
    const bool wanted =
        event && event->scope == EventScope::kSystem && (event->type & set.types) != 0;
    if (wanted) request.data[count++] = {event->type, GpuId(machine, event->gpu)};
  }
  return count;
}

}  // namespace

MIGSIM_EXPORT abi::nvmlReturn_t nvmlSystemEventSetCreate(
    abi::nvmlSystemEventSetCreateRequest_v1_t* request) {
  const auto answer = Check(FunctionIdOf("nvmlSystemEventSetCreate"), request,
                            abi::nvmlSystemEventSetCreateRequest_v1_version);
  if (answer) return *answer;
  const PinnedMachine machine(SelectedMachine());
  if (!machine) return abi::NVML_ERROR_UNINITIALIZED;
  auto made = std::make_shared<SystemEventSet>();
  made->machine_number = SelectedMachine();
  made->session = machine->session();
  request->set = SystemEventSets::Instance().Add(std::move(made));
  return abi::NVML_SUCCESS;
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlSystemEventSetFree(
    abi::nvmlSystemEventSetFreeRequest_v1_t* request) {
  const auto answer = Check(FunctionIdOf("nvmlSystemEventSetFree"), request,
                            abi::nvmlSystemEventSetFreeRequest_v1_version);
  if (answer) return *answer;
  return SystemEventSets::Instance().Remove(request->set) ? abi::NVML_SUCCESS
                                                          : abi::NVML_ERROR_INVALID_ARGUMENT;
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlSystemRegisterEvents(
    abi::nvmlSystemRegisterEventRequest_v1_t* request) {
  const auto answer = Check(FunctionIdOf("nvmlSystemRegisterEvents"), request,
                            abi::nvmlSystemRegisterEventRequest_v1_version);
  if (answer) return *answer;
  constexpr auto kKnown =
      abi::nvmlSystemEventTypeGpuDriverUnbind | abi::nvmlSystemEventTypeGpuDriverBind;
  const auto set = SystemEventSets::Instance().Find(request->set);
  if ((request->eventTypes & ~kKnown) != 0 || set == nullptr)
    return abi::NVML_ERROR_INVALID_ARGUMENT;
  const PinnedMachine machine(set->machine_number);
  if (!machine || machine->session() != set->session) return abi::NVML_ERROR_UNINITIALIZED;
  const std::lock_guard guard(set->mutex);
  if (set->types == 0) set->seen = LastEvent(*machine);
  set->types |= request->eventTypes;
  return abi::NVML_SUCCESS;
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlSystemEventSetWait(
    abi::nvmlSystemEventSetWaitRequest_v1_t* request) {
  const auto answer = Check(FunctionIdOf("nvmlSystemEventSetWait"), request,
                            abi::nvmlSystemEventSetWaitRequest_v1_version);
  if (answer) return *answer;
  const auto set = SystemEventSets::Instance().Find(request->set);
  if (set == nullptr || request->data == nullptr || request->dataSize == 0) {
    return abi::NVML_ERROR_INVALID_ARGUMENT;
  }
  request->numEvent = 0;
  const Deadline deadline(request->timeoutms);
  while (true) {
    const std::uint32_t* counter = nullptr;
    std::uint32_t seen = 0;
    {
      const PinnedMachine machine(set->machine_number);
      if (!machine || machine->session() != set->session) return abi::NVML_ERROR_UNINITIALIZED;
      counter = EventCounterAddress(*machine);
      seen = EventCounter(*machine);
      request->numEvent = TakeEvents(*machine, *set, *request);
      if (request->numEvent > 0) return abi::NVML_SUCCESS;
    }
    if (deadline.over()) return abi::NVML_ERROR_TIMEOUT;
    WaitForEvent(counter, seen, deadline.NextStepMs());
  }
}

}  // namespace migsim
