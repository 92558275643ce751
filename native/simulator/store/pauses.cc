#include "simulator/store/pauses.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <ctime>

namespace migsim {

bool Pauses::Pause(std::chrono::microseconds time) const {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + time;
  while (!over()) {
    const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(end - Clock::now());
    if (left.count() <= 0) return true;
    const timespec timeout = {left.count() / 1'000'000'000, left.count() % 1'000'000'000};
    syscall(SYS_futex, &over_, FUTEX_WAIT_PRIVATE, 0, &timeout, nullptr, 0);
  }
  return false;
}

void Pauses::EndAll() {
  over_.store(1, std::memory_order_release);
  syscall(SYS_futex, &over_, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace migsim
