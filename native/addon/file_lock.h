// A lock on a file, which the kernel takes back from a process that dies.
#ifndef MIG_ADDON_FILE_LOCK_H_
#define MIG_ADDON_FILE_LOCK_H_

#include <functional>
#include <optional>
#include <string>

namespace mig {

enum class LockMode {
  // Kept from everybody else.
  kExclusive,
  // Held together with others who share it; kept from those who want it for themselves.
  kShared,
};

class FileLock {
 public:
  // `path` is the locked file, open on `fd`.
  explicit FileLock(int fd) : fd_(fd) {}
  // Releases it.
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;

  // Who holds it, for those who wait. Only for people: a file that this process may not write to
  // stays as it is.
  void WriteHolder(const std::string& holder);

 private:
  int fd_;
};

struct LockAttempt {
  // Absent when it failed, or when another holder has it.
  std::optional<FileLock> lock;
  // 0, or why it failed, and in which system call.
  int error = 0;
  const char* call = "";
};

// Makes the file if need be; it is never removed, since that would give two holders a lock each.
LockAttempt TryLockFile(const std::string& path, LockMode mode);
// Blocks until it is had. `wanted` is asked before the file is opened, or made, and each time that
// it was replaced meanwhile; once it says no, there is neither lock nor error.
LockAttempt LockFile(const std::string& path, LockMode mode, const std::function<bool()>& wanted);

}  // namespace mig

#endif  // MIG_ADDON_FILE_LOCK_H_
