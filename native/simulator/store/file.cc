#include "simulator/store/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace migsim {

FileDescriptor::~FileDescriptor() {
  if (!open()) return;
  // Closing is not enough: a mapping keeps the open file, and so the lock, alive.
  flock(number_, LOCK_UN);
  close(number_);
}

std::string ErrnoText(int number) {
  char buffer[128] = "";
  // The GNU version, which returns the text by pointer.
  return strerror_r(number, buffer, sizeof buffer);
}

std::string SystemError(const char* what, const std::string& path) {
  const std::string reason = ErrnoText(errno);
  return std::string(what) + " " + path + ": " + reason;
}

bool LockFile(const FileDescriptor& file, unsigned timeout_ms) {
  constexpr auto kPause = std::chrono::milliseconds(5);
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
    const bool held = errno == EWOULDBLOCK || errno == EINTR;
    if (!held || std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(kPause);
  }
  return true;
}

bool Reserve(const FileDescriptor& file, std::size_t size) {
  int error = 0;
  // If the file system does not support it, the C library writes to every block.
  do {
    error = posix_fallocate(file.number(), 0, static_cast<off_t>(size));
  } while (error == EINTR);
  errno = error;
  return error == 0;
}

std::string BootId() {
  const FileDescriptor file(open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  char text[64];
  const ssize_t size = file.open() ? read(file.number(), text, sizeof text) : -1;
  if (size <= 0) return {};
  std::string id(text, static_cast<std::size_t>(size));
  if (id.ends_with('\n')) id.pop_back();
  return id;
}

}  // namespace migsim
