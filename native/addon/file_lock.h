// A lock on a file. The kernel releases it when the process dies.
#ifndef MIG_ADDON_FILE_LOCK_H_
#define MIG_ADDON_FILE_LOCK_H_

#include <functional>
#include <optional>
#include <string>

namespace mig {

enum class LockMode {
  // Excludes all other holders.
  kExclusive,
  // Excludes only exclusive holders.
  kShared,
};

class FileLock {
 public:
  // `fd` is the locked file.
  explicit FileLock(int fd) : fd_(fd) {}
  // Releases the lock.
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;

  // Writes the name of the holder into the file, for people. A file that this process may not write
  // to stays as it is.
  void WriteHolder(const std::string& holder);

 private:
  int fd_;
};

struct LockAttempt {
  // Absent after a failure, or if another holder has the lock.
  std::optional<FileLock> lock;
  // 0, or the error and the system call that failed.
  int error = 0;
  const char* call = "";
};

// Makes the file if it is missing. The file is never removed, because two processes could then hold
// a lock each.
LockAttempt TryLockFile(const std::string& path, LockMode mode);
// Blocks until the lock is free. `wanted` is called before the file is opened or made, and again if
// the file was replaced meanwhile. If it returns false, there is neither a lock nor an error.
LockAttempt LockFile(const std::string& path, LockMode mode, const std::function<bool()>& wanted);

}  // namespace mig

#endif  // MIG_ADDON_FILE_LOCK_H_
