// Waits for file locks, without polling, that can be stopped.
//
// Only a signal wakes a thread in flock, and signals belong to Node. So one thread per file, mode
// and process blocks in flock, and passes the lock to the first waiter on its list. A stopped wait
// leaves the list, and the thread stays for the next one. When the list is empty, the thread
// releases the lock and ends. It cannot be a thread of libuv's pool: four waits would stop all file
// access of a program.
#ifndef MIG_ADDON_LOCK_WAITERS_H_
#define MIG_ADDON_LOCK_WAITERS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "addon/file_lock.h"

namespace mig {

// Called once, on the waiting thread, and not after StopWaiting has returned true. False: nothing
// can take the lock any more, so the next waiter gets it.
using DeliverLock = std::function<bool(LockAttempt& attempt)>;

// Writes `holder` into the file once the lock is held. Without it, the lock is shared, and the file
// names no holder. Returns a number for StopWaiting, or 0 if no thread could be started.
std::uint64_t WaitForLock(const std::string& path, const std::optional<std::string>& holder,
                          DeliverLock deliver);

// True: the wait is over, and delivers nothing. False: it has already delivered.
bool StopWaiting(std::uint64_t wait);

}  // namespace mig

#endif  // MIG_ADDON_LOCK_WAITERS_H_
