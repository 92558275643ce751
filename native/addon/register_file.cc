#include "addon/register_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "addon/guarded_access.h"

namespace mig {
namespace {

class OpenFile {
 public:
  explicit OpenFile(int fd) : fd_(fd) {}
  ~OpenFile() {
    if (fd_ >= 0) close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

RegisterStatus RegisterFile::Map(const std::string& path, std::size_t size, bool writable,
                                 std::optional<RegisterFile>* file) {
  // O_NONBLOCK: a FIFO in place of the file must not block.
  const int flags = (writable ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  const OpenFile opened(open(path.c_str(), flags));
  if (opened.fd() < 0) return {errno, "open"};
  struct stat status;
  if (fstat(opened.fd(), &status) != 0) return {errno, "fstat"};
  if (!S_ISREG(status.st_mode)) return {EINVAL, "open"};
  if (size == 0 || static_cast<std::uint64_t>(status.st_size) < size) return {ERANGE, "fstat"};
  const int access = writable ? PROT_READ | PROT_WRITE : PROT_READ;
  void* const mapped = mmap(nullptr, size, access, MAP_SHARED, opened.fd(), 0);
  if (mapped == MAP_FAILED) return {errno, "mmap"};
  file->emplace(RegisterFile(static_cast<volatile std::uint32_t*>(mapped), size, writable));
  return {};
}

RegisterFile::~RegisterFile() {
  if (words_ != nullptr) munmap(const_cast<std::uint32_t*>(words_), size_);
}

RegisterFile::RegisterFile(RegisterFile&& other) noexcept
    : words_(std::exchange(other.words_, nullptr)),
      size_(other.size_),
      writable_(other.writable_) {}

RegisterStatus RegisterFile::Read(std::size_t offset, std::uint32_t* value) const {
  if (!Contains(offset)) return {EINVAL, "read"};
  if (!GuardedRead(words_ + offset / 4, value)) return {ENODEV, "read"};
  return {};
}

RegisterStatus RegisterFile::Write(std::size_t offset, std::uint32_t value) {
  if (!Contains(offset)) return {EINVAL, "write"};
  if (!writable_) return {EACCES, "write"};
  if (!GuardedWrite(words_ + offset / 4, value)) return {ENODEV, "write"};
  return {};
}

}  // namespace mig
