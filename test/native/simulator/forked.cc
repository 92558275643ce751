// Forks a process with an NVML session while its other threads use every lock of the library: the
// machine's, those of event sets and samples, and the one for creating machines. Prints the child's
// answers: a call on the inherited session, then a session of its own.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>

#include "nvml_library.h"

using namespace nvml_abi;

namespace {

bool Control(const std::string& command, std::string& reply) {
  using Control = const char*(const char*, int*);
  int status = 0;
  reply = NvmlSymbol<Control>("migsim_control")(command.c_str(), &status);
  return status == 0;
}

// False when one of them is refused.
bool UseEventSet() {
  nvmlEventSet_t set;
  return NVML(nvmlEventSetCreate)(&set) == NVML_SUCCESS &&
         NVML(nvmlEventSetFree)(set) == NVML_SUCCESS;
}

bool UseSample() {
  nvmlGpmSample_t sample;
  return NVML(nvmlGpmSampleAlloc)(&sample) == NVML_SUCCESS &&
         NVML(nvmlGpmSampleFree)(sample) == NVML_SUCCESS;
}

bool MakeMachine() {
  std::string reply;
  if (!Control("create machine=T4", reply)) return false;
  // {"machine":N,…}
  const int number = std::atoi(reply.c_str() + reply.find(':') + 1);
  return Control("close machine=" + std::to_string(number), reply);
}

}  // namespace

int main() {
  if (NVML(nvmlInit_v2)() != NVML_SUCCESS) return 1;
  const nvmlDevice_t gpu = GpuAt(0);
  std::atomic<bool> stop = false;
  std::thread busy([&] {
    char name[96];
    while (!stop) NVML(nvmlDeviceGetName)(gpu, name, sizeof name);
  });
  std::thread events([&] {
    while (!stop) UseEventSet();
  });
  std::thread samples([&] {
    while (!stop) UseSample();
  });
  std::thread machines([&] {
    while (!stop) MakeMachine();
  });
  for (int round = 0; round < 500; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      alarm(120);
      unsigned count = 0;
      char name[96];
      if (NVML(nvmlDeviceGetCount_v2)(&count) != NVML_ERROR_UNINITIALIZED) _exit(2);
      if (NVML(nvmlDeviceGetName)(gpu, name, sizeof name) != NVML_ERROR_UNINITIALIZED) _exit(3);
      if (NVML(nvmlInit_v2)() != NVML_SUCCESS) _exit(4);
      if (NVML(nvmlDeviceGetName)(gpu, name, sizeof name) != NVML_ERROR_INVALID_ARGUMENT) _exit(5);
      if (NVML(nvmlDeviceGetName)(GpuAt(0), name, sizeof name) != NVML_SUCCESS) _exit(6);
      if (!UseEventSet()) _exit(7);
      if (!UseSample()) _exit(8);
      if (!MakeMachine()) _exit(9);
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
  events.join();
  samples.join();
  machines.join();
  std::printf("parent %d\n", NVML(nvmlShutdown)());
}
