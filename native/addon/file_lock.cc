#include "addon/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace mig {
namespace {

int OpenLockFile(const char* path) {
  // No link is followed, since the file may lie in a folder where everybody can write; but those of
  // /proc, which lead to open files. Not blocking is for a named pipe in its place.
  const int follow = std::strncmp(path, "/proc/", 6) == 0 ? 0 : O_NOFOLLOW;
  const int flags = O_CLOEXEC | O_NONBLOCK | follow;
  for (;;) {
    // First without O_CREAT, which Linux refuses in sticky folders for files of other users
    // (fs.protected_regular).
    int fd = open(path, O_RDWR | flags);
    // A lock needs no more than reading.
    if (fd < 0 && (errno == EACCES || errno == EROFS)) fd = open(path, O_RDONLY | flags);
    if (fd >= 0 || errno != ENOENT) return fd;
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | flags, 0644);
    if (fd >= 0 || errno != EEXIST) return fd;
  }
}

// Somebody may have removed the file, or put another in its place, while we waited for this one.
bool IsAt(int fd, const char* path) {
  struct stat locked, present;
  return fstat(fd, &locked) == 0 && stat(path, &present) == 0 && locked.st_dev == present.st_dev &&
         locked.st_ino == present.st_ino;
}

bool IsRegular(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

int OperationOf(LockMode mode) { return mode == LockMode::kShared ? LOCK_SH : LOCK_EX; }

LockAttempt Failed(const char* call, int error) { return {std::nullopt, error, call}; }

LockAttempt Attempt(const std::string& path, int operation, const std::function<bool()>& wanted) {
  while (wanted()) {
    const int fd = OpenLockFile(path.c_str());
    if (fd < 0) return Failed("open", errno);
    FileLock lock(fd);
    if (!IsRegular(fd)) return Failed("open", EINVAL);
    int result;
    do {
      result = flock(fd, operation);
    } while (result != 0 && errno == EINTR);
    if (result != 0) return errno == EWOULDBLOCK ? LockAttempt{} : Failed("flock", errno);
    if (IsAt(fd, path.c_str())) return {std::move(lock), 0, ""};
  }
  return {};
}

}  // namespace

FileLock::~FileLock() {
  if (fd_ >= 0) close(fd_);
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

void FileLock::WriteHolder(const std::string& holder) {
  if (ftruncate(fd_, 0) != 0) return;
  [[maybe_unused]] const auto written = pwrite(fd_, holder.data(), holder.size(), 0);
}

LockAttempt TryLockFile(const std::string& path, LockMode mode) {
  return Attempt(path, OperationOf(mode) | LOCK_NB, [] { return true; });
}

LockAttempt LockFile(const std::string& path, LockMode mode, const std::function<bool()>& wanted) {
  return Attempt(path, OperationOf(mode), wanted);
}

}  // namespace mig
