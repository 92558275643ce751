// A mutex that is free in a child made by fork, whatever the parent's other threads were doing.
#ifndef MIG_SIMULATOR_STORE_FORK_MUTEX_H_
#define MIG_SIMULATOR_STORE_FORK_MUTEX_H_

#include <mutex>

namespace migsim {

// A fork waits until all of them are free. They are never destroyed, and no thread locks one while
// it holds another.
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
