// The registers of a PCI device, mapped from its resource file in sysfs.
#ifndef MIG_ADDON_REGISTER_FILE_H_
#define MIG_ADDON_REGISTER_FILE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace mig {

// 0, or the error and the system call that failed. ENODEV of an access: the device has vanished.
struct RegisterStatus {
  int error = 0;
  const char* call = "";
};

class RegisterFile {
 public:
  // Maps the first `size` bytes, shared with the device. The file must be a regular one with at
  // least that size, as in sysfs, and no link. `file` is empty after a failure.
  static RegisterStatus Map(const std::string& path, std::size_t size, bool writable,
                            std::optional<RegisterFile>* file);
  ~RegisterFile();
  RegisterFile(RegisterFile&& other) noexcept;
  RegisterFile& operator=(RegisterFile&&) = delete;

  // Accesses of exactly 32 bits. EINVAL for an offset outside of the map or not divisible by 4;
  // EACCES for a write into a map that is not writable.
  RegisterStatus Read(std::size_t offset, std::uint32_t* value) const;
  RegisterStatus Write(std::size_t offset, std::uint32_t value);

 private:
  RegisterFile(volatile std::uint32_t* words, std::size_t size, bool writable)
      : words_(words), size_(size), writable_(writable) {}

  bool Contains(std::size_t offset) const { return offset % 4 == 0 && offset / 4 < size_ / 4; }

  volatile std::uint32_t* words_;
  std::size_t size_;
  bool writable_;
};

}  // namespace mig

#endif  // MIG_ADDON_REGISTER_FILE_H_
