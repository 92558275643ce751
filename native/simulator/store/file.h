// Small wrappers over the system calls that a store file needs.
#ifndef MIG_SIMULATOR_STORE_FILE_H_
#define MIG_SIMULATOR_STORE_FILE_H_

#include <cstddef>
#include <string>

namespace migsim {

// Closes a file descriptor, and with it releases its flock, at the end of the scope.
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

// Waits for the exclusive flock of an open file, but not for ever. False with errno set:
// EWOULDBLOCK when the time is over.
bool LockFile(const FileDescriptor& file, unsigned timeout_ms);

// Makes the file that large, with room on the disk for every byte: writing to a mapped page that
// the disk has no room for ends the process. False with errno set.
bool Reserve(const FileDescriptor& file, std::size_t size);

// The number that the kernel gives to one run of the system; empty where it cannot be read.
std::string BootId();

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_FILE_H_
