// Waits inside calls. They end early when the machine is closed, because its memory goes then.
#ifndef MIG_SIMULATOR_STORE_PAUSES_H_
#define MIG_SIMULATOR_STORE_PAUSES_H_

#include <atomic>
#include <chrono>
#include <cstdint>

namespace migsim {

class Pauses {
 public:
  // False: it ended early, as every later one does.
  bool Pause(std::chrono::microseconds time) const;
  void EndAll();
  bool over() const { return over_.load(std::memory_order_acquire) != 0; }

 private:
  std::atomic<std::uint32_t> over_ = 0;  // waiting calls watch it through the kernel
};

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_PAUSES_H_
