// Waits for events during changes of the machine, and prints each as "<type> <data> <gpu instance>
// <compute instance>", or the return code of the wait as "ret <code>".
#include <thread>

#include "nvml_library.h"
#include "sleeping_thread.h"

using namespace nvml_abi;

namespace {

nvmlEventSet_t set;

void WaitAndPrint(unsigned timeout_ms) {
  nvmlEventData_t data = {};
  const nvmlReturn_t ret = NVML(nvmlEventSetWait_v2)(set, &data, timeout_ms);
  if (ret != NVML_SUCCESS) {
    std::printf("ret %d\n", ret);
    return;
  }
  std::printf("%llu %llu %d %d\n", data.eventType, data.eventData,
              static_cast<int>(data.gpuInstanceId), static_cast<int>(data.computeInstanceId));
}

void Control(const char* command) {
  using Control = const char*(const char*, int*);
  int status = 0;
  NvmlSymbol<Control>("migsim_control")(command, &status);
  if (status != 0) std::exit(1);
}

}  // namespace

int main() {
  if (NVML(nvmlInit_v2)() != NVML_SUCCESS) return 1;
  const nvmlDevice_t gpu = GpuAt(0);
  const nvmlDevice_t other = GpuAt(1);
  NVML(nvmlEventSetCreate)(&set);
  nvmlGpuInstance_t instance;
  NVML(nvmlDeviceCreateGpuInstance)(gpu, 9, &instance);
  std::printf("register %d\n", NVML(nvmlDeviceRegisterEvents)(gpu, nvmlEventTypeAll, set));
  std::printf("register %d\n",
              NVML(nvmlDeviceRegisterEvents)(
                  gpu, nvmlEventMigConfigChange | nvmlEventTypeXidCriticalError, set));

  // The set gets neither earlier events nor those of another GPU.
  nvmlGpuInstance_t elsewhere;
  NVML(nvmlDeviceCreateGpuInstance)(other, 9, &elsewhere);
  WaitAndPrint(0);

  nvmlComputeInstance_t compute;
  NVML(nvmlGpuInstanceCreateComputeInstance)(instance, 2, &compute);
  // A refused call raises none.
  NVML(nvmlGpuInstanceDestroy)(instance);
  WaitAndPrint(0);
  WaitAndPrint(0);

  NVML(nvmlComputeInstanceDestroy)(compute);
  WaitAndPrint(0);
  NVML(nvmlGpuInstanceDestroy)(instance);
  WaitAndPrint(0);

  // Changes of the mode raise none, either.
  nvmlReturn_t activation;
  NVML(nvmlDeviceSetMigMode)(gpu, NVML_DEVICE_MIG_DISABLE, &activation);
  NVML(nvmlDeviceSetMigMode)(gpu, NVML_DEVICE_MIG_ENABLE, &activation);
  WaitAndPrint(0);

  // An event wakes a waiting client long before the timeout.
  std::thread waiter = StartSleeping([] { WaitAndPrint(120'000); });
  Control("lose-gpu gpu=0");
  waiter.join();
  WaitAndPrint(1);

  std::thread second = StartSleeping([] { WaitAndPrint(120'000); });
  NVML(nvmlShutdown)();
  second.join();
  std::printf("free %d\n", NVML(nvmlEventSetFree)(set));

  NVML(nvmlInit_v2)();
  NVML(nvmlEventSetCreate)(&set);
  std::thread third = StartSleeping([] { WaitAndPrint(120'000); });
  Control("reboot");
  third.join();
  std::printf("free %d\n", NVML(nvmlEventSetFree)(set));
}
