// A mutex that a child made by fork finds free, whatever the parent's other threads were doing.
#ifndef MIG_SIMULATOR_STORE_FORK_MUTEX_H_
#define MIG_SIMULATOR_STORE_FORK_MUTEX_H_

#include <mutex>

namespace migsim {

// Forks wait for whoever holds one. They are never destroyed, and none is locked while the same
// thread holds another.
class ForkMutex {
 public:
  ForkMutex();
  ForkMutex(const ForkMutex&) = delete;
  ForkMutex& operator=(const ForkMutex&) = delete;

  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }

 private:
  static void LockAll();
  static void UnlockAll();

  std::mutex mutex_;
  ForkMutex* next_;
};

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_FORK_MUTEX_H_
