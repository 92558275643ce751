// Threads of our own, for waits that would block libuv's pool.
#ifndef MIG_ADDON_THREAD_H_
#define MIG_ADDON_THREAD_H_

#include <functional>

namespace mig {

// Runs the work on a detached thread, because it may still be in the driver at exit. False if no
// thread could be started.
bool StartThread(std::function<void()> work);

}  // namespace mig

#endif  // MIG_ADDON_THREAD_H_
