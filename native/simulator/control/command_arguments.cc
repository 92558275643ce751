#include "simulator/control/command_arguments.h"

#include <algorithm>
#include <charconv>

namespace migsim {

std::optional<std::string_view> CommandArguments::Text(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);
  std::optional<std::string_view> found;
  for (const Argument& argument : command_.arguments) {
    if (argument.key != key) continue;
    if (found) Complain(std::string(key) + " appears twice");
    found = argument.value;
  }
  return found;
}

std::string_view CommandArguments::RequiredText(std::string_view key) {
  const auto given = Text(key);
  Require(key, given.has_value());
  return given.value_or("");
}

std::optional<std::uint64_t> CommandArguments::Number(std::string_view key, NumberRange range) {
  const auto given = Text(key);
  if (!given) return std::nullopt;
  std::uint64_t value = 0;
  const char* end = given->data() + given->size();
  const auto [stop, error] = std::from_chars(given->data(), end, value);
  if (error == std::errc() && stop == end && value >= range.lowest && value <= range.highest) {
    return value;
  }
  Complain(std::string(key) + " must be a whole number from " + std::to_string(range.lowest) +
           " to " + std::to_string(range.highest) + ", not \"" + std::string(*given) + "\"");
  return std::nullopt;
}

std::uint64_t CommandArguments::RequiredNumber(std::string_view key, NumberRange range) {
  const auto given = Number(key, range);
  Require(key, given.has_value());
  return given.value_or(range.lowest);
}

void CommandArguments::Require(std::string_view key, bool given) {
  if (!given) Complain("needs " + std::string(key) + "=");
}

void CommandArguments::Complain(std::string_view problem) {
  if (problem_.empty()) problem_ = command_.verb + ": " + std::string(problem);
}

const std::string* CommandArguments::Problem() {
  for (const Argument& argument : command_.arguments) {
    if (std::find(known_.begin(), known_.end(), argument.key) != known_.end()) continue;
    std::string allowed;
    for (const std::string_view key : known_) {
      allowed += allowed.empty() ? "" : ", ";
      allowed += key;
    }
    // An unknown key comes first, because a misspelt key also looks like a missing one.
    problem_ = command_.verb + ": unknown argument " + argument.key + "=; it takes " +
               (allowed.empty() ? "nothing" : allowed);
    break;
  }
  return problem_.empty() ? nullptr : &problem_;
}

}  // namespace migsim
