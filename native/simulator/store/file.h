// Small wrappers around the system calls for a store file.
#ifndef MIG_SIMULATOR_STORE_FILE_H_
#define MIG_SIMULATOR_STORE_FILE_H_

#include <cstddef>
#include <string>

namespace migsim {

// Closes a file descriptor at the end of the scope, which releases its flock.
class FileDescriptor {
 public:
  explicit FileDescriptor(int number) : number_(number) {}
  ~FileDescriptor();
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  bool open() const { return number_ >= 0; }
  int number() const { return number_; }

 private:
  int number_;
};

// "what PATH: reason", with the reason of errno.
std::string SystemError(const char* what, const std::string& path);

std::string ErrnoText(int number);

// Waits for the exclusive flock of an open file, for a limited time. False with errno set:
// EWOULDBLOCK when the time is over.
bool LockFile(const FileDescriptor& file, unsigned timeout_ms);

// Resizes the file and reserves disk space for every byte: a write to a mapped page without disk
// space kills the process. False with errno set.
bool Reserve(const FileDescriptor& file, std::size_t size);

// The kernel's id of this boot; empty if it cannot be read.
std::string BootId();

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_FILE_H_
