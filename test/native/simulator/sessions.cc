// Threads begin and end sessions at the same time. Prints how many calls inside a session were
// refused, and the answer of a final shutdown.
#include <atomic>
#include <thread>
#include <vector>

#include "nvml_library.h"

using namespace nvml_abi;

int main() {
  constexpr int kThreads = 4;
  constexpr int kRounds = 50'000;
  std::atomic<int> refused = 0;
  const auto init = NVML(nvmlInit_v2);
  const auto shutdown = NVML(nvmlShutdown);
  const auto count = NVML(nvmlDeviceGetCount_v2);
  init();
  shutdown();
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        unsigned gpus = 0;
        refused += init() != NVML_SUCCESS;
        refused += count(&gpus) != NVML_SUCCESS;
        refused += shutdown() != NVML_SUCCESS;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::printf("refused %d, then %d\n", refused.load(), shutdown());
}
