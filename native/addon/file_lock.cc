#include "addon/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

namespace mig {
namespace {

// A process that may open a lock file can hold its lock. So only the owner may open the file, and
// the folder's group if it may write to the folder. The caller has checked the folder.
constexpr mode_t kOwner = 0600;
constexpr mode_t kGroup = 0660;

// Lets the folder's group open the file. Another user's file stays as it is.
void LetGroupIn(int fd, const struct stat& folder) {
  struct stat file;
  if (fstat(fd, &file) != 0 || file.st_uid != geteuid()) return;
  if (file.st_gid == folder.st_gid && (file.st_mode & kGroup) == kGroup) return;
  if (file.st_gid != folder.st_gid && fchown(fd, static_cast<uid_t>(-1), folder.st_gid) != 0)
    return;
  fchmod(fd, kGroup);
}

bool IsOwnDescriptor(const std::string& path) {
  constexpr std::string_view kDescriptors = "/proc/self/fd/";
  return path.starts_with(kDescriptors) &&
         path.find_first_not_of("0123456789", kDescriptors.size()) == std::string::npos;
}

int OpenOrMake(const char* path, int flags) {
  for (;;) {
    // First without O_CREAT, which Linux refuses in sticky folders for files of other users
    // (fs.protected_regular).
    int fd = open(path, O_RDWR | flags);
    // Read access is enough for a lock.
    if (fd < 0 && (errno == EACCES || errno == EROFS)) fd = open(path, O_RDONLY | flags);
    if (fd >= 0 || errno != ENOENT) return fd;
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | flags, kOwner);
    if (fd >= 0 || errno != EEXIST) return fd;
  }
}

int OpenLockFile(const std::string& path) {
  // Follows no link, except those of /proc/self/fd, which lead to this process's open files.
  // O_NONBLOCK is for a named pipe in place of the file.
  const int follow = IsOwnDescriptor(path) ? 0 : O_NOFOLLOW;
  const int fd = OpenOrMake(path.c_str(), O_CLOEXEC | O_NONBLOCK | O_NOCTTY | follow);
  if (fd < 0 || follow == 0) return fd;
  struct stat folder;
  const std::string name = path.substr(0, path.find_last_of('/') + 1);
  if (stat(name.empty() ? "." : name.c_str(), &folder) == 0 && (folder.st_mode & S_IWGRP) != 0)
    LetGroupIn(fd, folder);
  return fd;
}

// Another process may have removed or replaced the file while we waited for its lock.
bool IsAt(int fd, const char* path) {
  struct stat locked, present;
  return fstat(fd, &locked) == 0 && stat(path, &present) == 0 && locked.st_dev == present.st_dev &&
         locked.st_ino == present.st_ino;
}

// 0, or why the file must not be written to. A file with a second name may be any other file.
int WhyUnfit(int fd) {
  struct stat status;
  if (fstat(fd, &status) != 0) return errno;
  if (!S_ISREG(status.st_mode)) return EINVAL;
  return status.st_nlink > 1 ? EMLINK : 0;
}

int OperationOf(LockMode mode) { return mode == LockMode::kShared ? LOCK_SH : LOCK_EX; }

LockAttempt Failed(const char* call, int error) { return {std::nullopt, error, call}; }

LockAttempt Attempt(const std::string& path, int operation, const std::function<bool()>& wanted) {
  while (wanted()) {
    const int fd = OpenLockFile(path);
    if (fd < 0) return Failed("open", errno);
    FileLock lock(fd);
    if (const int unfit = WhyUnfit(fd); unfit != 0) return Failed("open", unfit);
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
