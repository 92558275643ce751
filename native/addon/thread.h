// Threads of our own, for waits that would block libuv's pool.
#ifndef MIG_ADDON_THREAD_H_
#define MIG_ADDON_THREAD_H_

#include <functional>

namespace mig {

// Runs the work on a thread that nobody joins: at exit it may still be in the driver. False when no
// thread could be had.
bool StartThread(std::function<void()> work);

}  // namespace mig

#endif  // MIG_ADDON_THREAD_H_
