// Waits for events of the system while GPUs are removed and discovered. Prints each wait as its
// return code and the events that it got, as "<type>:<id of the GPU, hexadecimal>".
#include <thread>

#include "nvml_library.h"
#include "sleeping_thread.h"

using namespace nvml_abi;

namespace {

// These functions are no part of the addon's ABI.
template <typename Request>
nvmlReturn_t Call(const char* function, Request* request) {
  return NvmlSymbol<nvmlReturn_t(Request*)>(function)(request);
}

nvmlSystemEventSet_t NewSet() {
  nvmlSystemEventSetCreateRequest_v1_t request = {nvmlSystemEventSetCreateRequest_v1_version,
                                                  nullptr};
  if (Call("nvmlSystemEventSetCreate", &request) != NVML_SUCCESS) std::exit(1);
  return request.set;
}

nvmlReturn_t Register(nvmlSystemEventSet_t set, unsigned long long types) {
  nvmlSystemRegisterEventRequest_v1_t request = {nvmlSystemRegisterEventRequest_v1_version, types,
                                                 set};
  return Call("nvmlSystemRegisterEvents", &request);
}

void WaitAndPrint(const char* what, nvmlSystemEventSet_t set, unsigned size,
                  unsigned timeout_ms = 0, bool has_data = true) {
  nvmlSystemEventData_v1_t data[8] = {};
  nvmlSystemEventSetWaitRequest_v1_t request = {};
  request.version = nvmlSystemEventSetWaitRequest_v1_version;
  request.timeoutms = timeout_ms;
  request.set = set;
  request.data = has_data ? data : nullptr;
  request.dataSize = size;
  const nvmlReturn_t ret = Call("nvmlSystemEventSetWait", &request);
  std::printf("%s: %d", what, ret);
  for (unsigned event = 0; event < request.numEvent; ++event)
    std::printf(" %llu:%x", data[event].eventType, data[event].gpuId);
  std::printf("\n");
}

void Remove(nvmlPciInfo_t pci) {
  if (Call("nvmlDeviceRemoveGpu", &pci) != NVML_SUCCESS) std::exit(1);
}

void Discover(nvmlPciInfo_t pci) {
  if (Call("nvmlDeviceDiscoverGpus", &pci) != NVML_SUCCESS) std::exit(1);
}

}  // namespace

int main() {
  if (NVML(nvmlInit_v2)() != NVML_SUCCESS) return 1;
  nvmlPciInfo_t first = {};
  nvmlPciInfo_t second = {};
  using GetPciInfo = nvmlReturn_t(nvmlDevice_t, nvmlPciInfo_t*);
  NvmlSymbol<GetPciInfo>("nvmlDeviceGetPciInfo_v3")(GpuAt(0), &first);
  NvmlSymbol<GetPciInfo>("nvmlDeviceGetPciInfo_v3")(GpuAt(1), &second);

  // What happens before a client registers is not its own.
  const nvmlSystemEventSet_t all = NewSet();
  const nvmlSystemEventSet_t found = NewSet();
  const nvmlSystemEventSet_t none = NewSet();
  Remove(second);
  Discover(second);
  const auto both = nvmlSystemEventTypeGpuDriverUnbind | nvmlSystemEventTypeGpuDriverBind;
  std::printf("register: %d %d %d\n", Register(all, both),
              Register(found, nvmlSystemEventTypeGpuDriverBind), Register(none, both << 1));
  WaitAndPrint("earlier", all, 8);

  Remove(second);
  Remove(first);
  Discover(first);
  Discover(second);
  WaitAndPrint("all", all, 3);
  WaitAndPrint("the rest", all, 3);
  WaitAndPrint("no more", all, 3);
  WaitAndPrint("bound", found, 8);
  WaitAndPrint("not registered", none, 8);

  Remove(first);
  WaitAndPrint("without an array", all, 8, 0, false);
  WaitAndPrint("an empty array", all, 0);
  WaitAndPrint("still there", all, 1);
  Discover(first);
  WaitAndPrint("then", all, 1);

  std::thread waiter = StartSleeping([all] { WaitAndPrint("woken", all, 8, 120'000); });
  Remove(first);
  waiter.join();

  nvmlSystemEventSetFreeRequest_v1_t freed = {nvmlSystemEventSetFreeRequest_v1_version, found};
  std::printf("free: %d", Call("nvmlSystemEventSetFree", &freed));
  std::printf(" %d\n", Call("nvmlSystemEventSetFree", &freed));
  WaitAndPrint("freed", found, 8);
  std::thread last = StartSleeping([all] { WaitAndPrint("woken", all, 8, 120'000); });
  NVML(nvmlShutdown)();
  last.join();
}
