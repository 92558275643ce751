// Forks a process with an NVML session while another of its threads keeps the machine's lock busy,
// and prints what the child is answered: a call on the inherited session, then a session of its
// own.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "nvml_library.h"

using namespace nvml_abi;

int main() {
  if (NVML(nvmlInit_v2)() != NVML_SUCCESS) return 1;
  const nvmlDevice_t gpu = gpu_at(0);
  std::atomic<bool> stop = false;
  std::thread busy([&] {
    char name[96];
    while (!stop) NVML(nvmlDeviceGetName)(gpu, name, sizeof name);
  });
  for (int round = 0; round < 200; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      alarm(10);
      unsigned count = 0;
      char name[96];
      if (NVML(nvmlDeviceGetCount_v2)(&count) != NVML_ERROR_UNINITIALIZED) _exit(2);
      if (NVML(nvmlDeviceGetName)(gpu, name, sizeof name) != NVML_ERROR_UNINITIALIZED) _exit(3);
      if (NVML(nvmlInit_v2)() != NVML_SUCCESS) _exit(4);
      if (NVML(nvmlDeviceGetName)(gpu, name, sizeof name) != NVML_ERROR_INVALID_ARGUMENT) _exit(5);
      if (NVML(nvmlDeviceGetName)(gpu_at(0), name, sizeof name) != NVML_SUCCESS) _exit(6);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (status != 0) {
      std::printf("round %d: status %d\n", round, status);
      break;
    }
  }
  stop = true;
  busy.join();
  std::printf("parent %d\n", NVML(nvmlShutdown)());
}
