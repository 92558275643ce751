// Making, opening and closing the memory of a machine.
#ifndef MIG_SIMULATOR_STORE_MAPPING_H_
#define MIG_SIMULATOR_STORE_MAPPING_H_

#include <string>

#include "simulator/model/machine_spec.h"
#include "simulator/store/layout.h"

namespace migsim {

// `store` stays null and `error` says why when something is wrong.
struct Mapping {
  Store* store = nullptr;
  std::string error;
};

Mapping map_private(const MachineSpec& spec);

// Makes the file whole or not at all; never replaces one.
Mapping map_new_file(const MachineSpec& spec, const std::string& path);

// Refuses what is not a machine of this library's layout and catalog, complete and sound.
Mapping map_existing_file(const std::string& path);

void unmap(Store* store);

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_MAPPING_H_
