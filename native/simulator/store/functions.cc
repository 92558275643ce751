#include "simulator/store/functions.h"

#include "simulator/store/function_table.h"

namespace migsim {

std::span<const ExportedFunction> exported_functions() { return kFunctions; }

std::string_view name_without_version(std::string_view name) {
  const auto suffix = name.rfind("_v");
  if (suffix == name.npos || suffix + 2 == name.size()) return name;
  const bool digits = name.find_first_not_of("0123456789", suffix + 2) == name.npos;
  return digits ? name.substr(0, suffix) : name;
}

}  // namespace migsim
