// Events of the system: GPUs bound to and unbound from the driver, which no simulated machine does.
// The calls keep their contract, and waiting ends with a timeout.
#include <chrono>
#include <thread>

#include "simulator/nvml/deadline.h"
#include "simulator/nvml/function_name.h"
#include "simulator/nvml/gate.h"
#include "simulator/nvml/object_table.h"

namespace migsim {
namespace {

using namespace nvml_abi;

struct SystemEventSet {
  unsigned machine_number;
  std::uint32_t session;
};

using SystemEventSets = ObjectTable<nvmlSystemEventSet_t, SystemEventSet>;

// The checks that all four calls begin with.
template <typename Request>
nvmlReturn_t check(FunctionId function, const Request* request, unsigned version) {
  const Gate gate(function, selected_machine());
  if (gate.refused()) return gate.refusal();
  if (request == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  return request->version == version ? NVML_SUCCESS : NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
}

}  // namespace
}  // namespace migsim

namespace nvml_abi {

using namespace migsim;

nvmlReturn_t nvmlSystemEventSetCreate(nvmlSystemEventSetCreateRequest_v1_t* request) {
  const nvmlReturn_t result = check(function_id("nvmlSystemEventSetCreate"), request,
                                    nvmlSystemEventSetCreateRequest_v1_version);
  if (result != NVML_SUCCESS) return result;
  const PinnedMachine machine(selected_machine());
  if (!machine) return NVML_ERROR_UNINITIALIZED;
  request->set = SystemEventSets::instance().add(
      std::make_shared<SystemEventSet>(SystemEventSet{selected_machine(), machine->session()}));
  return NVML_SUCCESS;
}

nvmlReturn_t nvmlSystemEventSetFree(nvmlSystemEventSetFreeRequest_v1_t* request) {
  const nvmlReturn_t result = check(function_id("nvmlSystemEventSetFree"), request,
                                    nvmlSystemEventSetFreeRequest_v1_version);
  if (result != NVML_SUCCESS) return result;
  return SystemEventSets::instance().remove(request->set) ? NVML_SUCCESS
                                                          : NVML_ERROR_INVALID_ARGUMENT;
}

nvmlReturn_t nvmlSystemRegisterEvents(nvmlSystemRegisterEventRequest_v1_t* request) {
  const nvmlReturn_t result = check(function_id("nvmlSystemRegisterEvents"), request,
                                    nvmlSystemRegisterEventRequest_v1_version);
  if (result != NVML_SUCCESS) return result;
  constexpr auto kKnown = nvmlSystemEventTypeGpuDriverUnbind | nvmlSystemEventTypeGpuDriverBind;
  const bool known = (request->eventTypes & ~kKnown) == 0;
  const bool found = SystemEventSets::instance().find(request->set) != nullptr;
  return known && found ? NVML_SUCCESS : NVML_ERROR_INVALID_ARGUMENT;
}

nvmlReturn_t nvmlSystemEventSetWait(nvmlSystemEventSetWaitRequest_v1_t* request) {
  const nvmlReturn_t result = check(function_id("nvmlSystemEventSetWait"), request,
                                    nvmlSystemEventSetWaitRequest_v1_version);
  if (result != NVML_SUCCESS) return result;
  const auto set = SystemEventSets::instance().find(request->set);
  if (set == nullptr || request->data == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  request->numEvent = 0;
  for (const Deadline deadline(request->timeoutms); !deadline.over();) {
    const PinnedMachine machine(set->machine_number);
    if (!machine || machine->session() != set->session) return NVML_ERROR_UNINITIALIZED;
    std::this_thread::sleep_for(std::chrono::milliseconds(deadline.next_step_ms()));
  }
  return NVML_ERROR_TIMEOUT;
}

}  // namespace nvml_abi
