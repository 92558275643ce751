// Reads the arguments of one command and keeps the first problem. A command reads all arguments
// that it knows, then checks Problem(), and only then acts.
#ifndef MIG_SIMULATOR_CONTROL_COMMAND_ARGUMENTS_H_
#define MIG_SIMULATOR_CONTROL_COMMAND_ARGUMENTS_H_

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "simulator/control/command.h"

namespace migsim {

struct NumberRange {
  std::uint64_t lowest = 0;
  std::uint64_t highest = std::numeric_limits<std::uint32_t>::max();
};

template <typename Value>
using Choice = std::pair<std::string_view, Value>;

class CommandArguments {
 public:
  explicit CommandArguments(const Command& command) : command_(command) {}

  std::optional<std::string_view> Text(std::string_view key);
  std::string_view RequiredText(std::string_view key);
  std::optional<std::uint64_t> Number(std::string_view key, NumberRange range = {});
  std::uint64_t RequiredNumber(std::string_view key, NumberRange range = {});

  template <typename Value>
  std::optional<Value> ChoiceOf(std::string_view key, std::span<const Choice<Value>> choices) {
    const auto given = Text(key);
    if (!given) return std::nullopt;
    std::string names;
    for (const auto& [name, value] : choices) {
      if (*given == name) return value;
      names += names.empty() ? "" : ", ";
      names += name;
    }
    Complain(std::string(key) + " must be one of " + names + ", not \"" + std::string(*given) +
             "\"");
    return std::nullopt;
  }

  void Require(std::string_view key, bool given);
  void Complain(std::string_view problem);

  // The first problem, which may be an unknown argument; null when there is none.
  const std::string* Problem();

 private:
  const Command& command_;
  std::vector<std::string_view> known_;
  std::string problem_;
};

}  // namespace migsim

#endif  // MIG_SIMULATOR_CONTROL_COMMAND_ARGUMENTS_H_
