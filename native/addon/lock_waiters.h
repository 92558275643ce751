// Waiting for a file lock without polling, and yet so that the wait can be given up.
//
// Nothing wakes a thread out of flock but a signal, and signals belong to Node. So one thread per
// file, mode and process blocks in flock and hands the lock to the first who still wants it; who
// gives up is struck from the list, and the thread stays for the next one. Nobody left: it lets go
// of the lock and ends. Threads of libuv's pool would not do, four waits would stop all of a
// program's file access.
#ifndef MIG_ADDON_LOCK_WAITERS_H_
#define MIG_ADDON_LOCK_WAITERS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "addon/file_lock.h"

namespace mig {

// Called once, on the waiting thread, and not after StopWaiting has returned true. False: nobody
// is there any more to take the lock, so the next one gets it.
using DeliverLock = std::function<bool(LockAttempt& attempt)>;

// `holder` is written into the file when the lock is had; nothing: the lock is shared, and the file
// names nobody. Returns a number for StopWaiting, or 0
// when no thread could be had.
std::uint64_t WaitForLock(const std::string& path, const std::optional<std::string>& holder,
                          DeliverLock deliver);

// True: the wait is over and nothing will come of it. False: it has come already.
bool StopWaiting(std::uint64_t wait);

}  // namespace mig

#endif  // MIG_ADDON_LOCK_WAITERS_H_
