// Events of the system: GPUs bound to and unbound from the driver, as they are
// discovered and removed.
#include <mutex>

#include "simulator/nvml/deadline.h"
#include "simulator/nvml/function_name.h"
#include "simulator/nvml/gate.h"
#include "simulator/nvml/object_table.h"
#include "simulator/store/events.h"

namespace migsim {
namespace {

using namespace nvml_abi;

struct SystemEventSet {
  unsigned machine_number;
  std::uint32_t session;
  std::mutex mutex;
  unsigned long long types = 0;
  std::uint64_t seen = 0;  // sequence number of the last event looked at
};

using SystemEventSets = ObjectTable<nvmlSystemEventSet_t, SystemEventSet>;

// The checks that all four calls begin with: what ends the call, if anything.
template <typename Request>
std::optional<nvmlReturn_t> Check(FunctionId function, const Request* request, unsigned version) {
  const Gate gate(function, SelectedMachine());
  if (gate.answered()) return gate.answer();
  if (request == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  if (request->version != version) return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
  return std::nullopt;
}

// As the kernel module makes it of the PCI address (open-gpu-kernel-modules,
// gpu_mgr.c).
unsigned GpuId(const Machine& machine, unsigned gpu) {
  const PciAddress address = machine.PciAddressOf(gpu);
  return address.domain << 16 | address.bus << 8 | address.device;
}

// Writes the events of the set that have already happened, as far as there is
// room for them.
unsigned TakeEvents(const Machine& machine, SystemEventSet& set,
                    nvmlSystemEventSetWaitRequest_v1_t& request) {
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
}  // namespace migsim

namespace nvml_abi {

using namespace migsim;

nvmlReturn_t nvmlSystemEventSetCreate(nvmlSystemEventSetCreateRequest_v1_t* request) {
  const auto answer = Check(FunctionIdOf("nvmlSystemEventSetCreate"), request,
                            nvmlSystemEventSetCreateRequest_v1_version);
  if (answer) return *answer;
  const PinnedMachine machine(SelectedMachine());
  if (!machine) return NVML_ERROR_UNINITIALIZED;
  auto made = std::make_shared<SystemEventSet>();
  made->machine_number = SelectedMachine();
  made->session = machine->session();
  request->set = SystemEventSets::Instance().Add(std::move(made));
  return NVML_SUCCESS;
}

nvmlReturn_t nvmlSystemEventSetFree(nvmlSystemEventSetFreeRequest_v1_t* request) {
  const auto answer = Check(FunctionIdOf("nvmlSystemEventSetFree"), request,
                            nvmlSystemEventSetFreeRequest_v1_version);
  if (answer) return *answer;
  return SystemEventSets::Instance().Remove(request->set) ? NVML_SUCCESS
                                                          : NVML_ERROR_INVALID_ARGUMENT;
}

nvmlReturn_t nvmlSystemRegisterEvents(nvmlSystemRegisterEventRequest_v1_t* request) {
  const auto answer = Check(FunctionIdOf("nvmlSystemRegisterEvents"), request,
                            nvmlSystemRegisterEventRequest_v1_version);
  if (answer) return *answer;
  constexpr auto kKnown = nvmlSystemEventTypeGpuDriverUnbind | nvmlSystemEventTypeGpuDriverBind;
  const auto set = SystemEventSets::Instance().Find(request->set);
  if ((request->eventTypes & ~kKnown) != 0 || set == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  const PinnedMachine machine(set->machine_number);
  if (!machine || machine->session() != set->session) return NVML_ERROR_UNINITIALIZED;
  const std::lock_guard guard(set->mutex);
  if (set->types == 0) set->seen = LastEvent(*machine);
  set->types |= request->eventTypes;
  return NVML_SUCCESS;
}

nvmlReturn_t nvmlSystemEventSetWait(nvmlSystemEventSetWaitRequest_v1_t* request) {
  const auto answer = Check(FunctionIdOf("nvmlSystemEventSetWait"), request,
                            nvmlSystemEventSetWaitRequest_v1_version);
  if (answer) return *answer;
  const auto set = SystemEventSets::Instance().Find(request->set);
  if (set == nullptr || request->data == nullptr || request->dataSize == 0) {
    return NVML_ERROR_INVALID_ARGUMENT;
  }
  request->numEvent = 0;
  const Deadline deadline(request->timeoutms);
  while (true) {
    const std::uint32_t* counter = nullptr;
    std::uint32_t seen = 0;
    {
      const PinnedMachine machine(set->machine_number);
      if (!machine || machine->session() != set->session) return NVML_ERROR_UNINITIALIZED;
      counter = EventCounterAddress(*machine);
      seen = EventCounter(*machine);
      request->numEvent = TakeEvents(*machine, *set, *request);
      if (request->numEvent > 0) return NVML_SUCCESS;
    }
    if (deadline.over()) return NVML_ERROR_TIMEOUT;
    WaitForEvent(counter, seen, deadline.NextStepMs());
  }
}

}  // namespace nvml_abi
