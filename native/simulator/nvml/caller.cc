#include "simulator/nvml/caller.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>

namespace migsim {
namespace {

constexpr char kPrivileges[] = "MIG_SIMULATOR_PRIVILEGES";
constexpr char kSteering[] = "MIG_SIMULATOR_STEERING";

std::string_view Variable(const char* name, std::string_view otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : value;
}

const auto* FindWord(std::string_view word) { return std::ranges::find(kPrivilegeWords, word); }

// Read when the library is loaded, because another thread may change the environment later.
struct Caller {
  bool privileges_known;
  bool steering_known;
  Privileges highest;
  bool steered;
};

const Caller caller = [] {
  const auto* word = FindWord(Variable(kPrivileges, kPrivilegeWords[3]));
  const bool known = word != std::end(kPrivilegeWords);
  const std::string_view steering = Variable(kSteering, "on");
  return Caller{
      .privileges_known = known,
      .steering_known = steering == "on" || steering == "off",
      .highest = static_cast<Privileges>(known ? word - std::begin(kPrivilegeWords) : 0),
      .steered = steering != "off",
  };
}();

}  // namespace

Privileges CallerPrivileges(Privileges granted) { return std::min(granted, caller.highest); }

bool CallerIsSteered() { return caller.steered; }

std::string CallerError() {
  if (!caller.privileges_known) {
    return std::string(kPrivileges) + " must be none, monitor, config or admin";
  }
  return caller.steering_known ? std::string() : std::string(kSteering) + " must be on or off";
}

}  // namespace migsim
