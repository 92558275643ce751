// Making, opening and closing the memory of a machine.
#ifndef MIG_SIMULATOR_STORE_MAPPING_H_
#define MIG_SIMULATOR_STORE_MAPPING_H_

#include <optional>
#include <string>

#include "simulator/model/machine_spec.h"
#include "simulator/store/file.h"
#include "simulator/store/layout.h"

namespace migsim {

// `store` stays null and `error` says why when something is wrong.
struct Mapping {
  Store* store = nullptr;
  std::string error;
};

Mapping MapPrivate(const MachineSpec& spec);

// Makes a file whole or not at all; never replaces one. Until it is published the file has no name,
// so that nothing stays of a process that is killed; where the file system cannot do that, another
// name beside its own, which goes with this object.
class NewFile {
 public:
  explicit NewFile(const std::string& path);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  Mapping Map(const MachineSpec& spec);
  // An empty string, or what is wrong.
  std::string Publish();

 private:
  // -1, with errno set, when it cannot be made.
  int Make();

  std::string path_;
  // Empty while the file has none.
  std::string name_;
  std::optional<FileDescriptor> file_;
};

// Refuses what is not a machine of this library's layout and catalog, complete and sound.
Mapping MapExistingFile(const std::string& path);

// A private copy with a lock of its own; null when there is no memory for it.
Store* MapCopy(const Store& store);

void Unmap(Store* store);

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_MAPPING_H_
