#include "simulator/nvml/caller.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>

namespace migsim {
namespace {

constexpr char kVariable[] = "MIG_SIMULATOR_PRIVILEGES";

std::string_view wanted() {
  const char* value = std::getenv(kVariable);
  return value == nullptr || *value == '\0' ? kPrivilegeWords[3] : value;
}

const auto* find_word(std::string_view word) { return std::ranges::find(kPrivilegeWords, word); }

// Read when the library is loaded: later another thread may be changing the environment.
const bool known = find_word(wanted()) != std::end(kPrivilegeWords);
const auto highest =
    static_cast<Privileges>(known ? find_word(wanted()) - std::begin(kPrivilegeWords) : 0);

}  // namespace

Privileges caller_privileges(Privileges granted) { return std::min(granted, highest); }

std::string caller_error() {
  if (known) return {};
  return std::string(kVariable) + " must be none, monitor, config or admin";
}

}  // namespace migsim
