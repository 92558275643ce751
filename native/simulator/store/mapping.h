// Creates, opens and closes the memory of a machine.
#ifndef MIG_SIMULATOR_STORE_MAPPING_H_
#define MIG_SIMULATOR_STORE_MAPPING_H_

#include <optional>
#include <string>

#include "simulator/model/machine_spec.h"
#include "simulator/store/file.h"
#include "simulator/store/layout.h"

namespace migsim {

// If something is wrong, `store` stays null and `error` has the reason.
struct Mapping {
  Store* store = nullptr;
  std::string error;
};

Mapping MapPrivate(const MachineSpec& spec);

// Creates a file completely or not at all, and never replaces one. The file has no name until it is
// published, so that a killed process leaves nothing behind. On file systems without nameless
// files, it has a temporary name, which goes with this object.
class NewFile {
 public:
  explicit NewFile(const std::string& path);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  Mapping Map(const MachineSpec& spec);
  // Returns an empty string, or the problem.
  std::string Publish();

 private:
  // Returns -1, with errno set, if it fails.
  int Make();

  std::string path_;
  // Empty for a file without a name.
  std::string name_;
  std::optional<FileDescriptor> file_;
};

// Refuses anything but a complete and sound machine with this library's layout and catalog.
Mapping MapExistingFile(const std::string& path);

// A private copy with a lock of its own; null if memory is short.
Store* MapCopy(const Store& store);

void Unmap(Store* store);

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_MAPPING_H_
