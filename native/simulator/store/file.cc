#include "simulator/store/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace migsim {

FileDescriptor::~FileDescriptor() {
  if (!open()) return;
  // Closing is not enough: a mapping keeps the open file, and with it the lock, alive.
  flock(number_, LOCK_UN);
  close(number_);
}

std::string system_error(const char* what, const std::string& path) {
  const int number = errno;
  char buffer[128] = "";
  // The GNU form, which returns the text wherever it lies.
  return std::string(what) + " " + path + ": " + strerror_r(number, buffer, sizeof buffer);
}

bool lock_file(const FileDescriptor& file) {
  int result = 0;
  do {
    result = flock(file.number(), LOCK_EX);
  } while (result != 0 && errno == EINTR);
  return result == 0;
}

std::string boot_id() {
  const FileDescriptor file(open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  char text[64];
  const ssize_t size = file.open() ? read(file.number(), text, sizeof text) : -1;
  if (size <= 0) return {};
  std::string id(text, static_cast<std::size_t>(size));
  if (id.ends_with('\n')) id.pop_back();
  return id;
}

}  // namespace migsim
