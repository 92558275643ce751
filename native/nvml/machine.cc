#include "nvml/machine.h"

#include <map>
#include <tuple>

namespace mig {

Machine* Machine::Find(const Library* library, Select select, unsigned int selected) {
  using Key = std::tuple<const Library*, Select, unsigned int>;
  static auto& mutex = *new std::mutex;
  static auto& machines = *new std::map<Key, Machine*>;

  const std::lock_guard<std::mutex> guard(mutex);
  Machine*& machine = machines[Key(library, select, selected)];
  if (machine == nullptr) machine = new Machine(library, select, selected);
  return machine;
}

}  // namespace mig
