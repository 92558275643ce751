// An NVML library in this process.
#ifndef MIG_NVML_LIBRARY_H_
#define MIG_NVML_LIBRARY_H_

#include <optional>
#include <string>

#include "nvml/symbols.h"

namespace mig {

class Library {
 public:
  // Null if the library cannot be loaded; `problem` is then the loader's message. A library is
  // never unloaded: a driver would leave callbacks behind that kill the process later. And workers
  // load the addon again and again.
  static const Library* Open(const std::string& path, std::string* problem);

  const Symbols& nvml() const { return nvml_; }
  // Where the loader found it.
  const std::string& path() const { return path_; }
  void* Find(const std::string& symbol) const;

 private:
  Library(void* handle, std::string path);

  void* handle_;
  std::string path_;
  Symbols nvml_;
};

}  // namespace mig

#endif  // MIG_NVML_LIBRARY_H_
