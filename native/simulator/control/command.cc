#include "simulator/control/command.h"

#include <cstddef>

namespace migsim {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

bool IsSpace(char c) { return kSpace.find(c) != std::string_view::npos; }

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool at_end() const { return position_ == text_.size(); }

  void SkipSpace() {
    while (!at_end() && IsSpace(text_[position_])) ++position_;
  }

  bool Accept(char c) {
    if (at_end() || text_[position_] != c) return false;
    ++position_;
    return true;
  }

  std::string_view Name() {
    const std::size_t start = position_;
    while (!at_end() && IsNameCharacter(text_[position_])) ++position_;
    return text_.substr(start, position_ - start);
  }

  // The text from here up to the next white space, for messages.
  std::string_view Word() const {
    const std::size_t end = text_.find_first_of(kSpace, position_);
    return text_.substr(position_, end == std::string_view::npos ? end : end - position_);
  }

  std::string BareValue() {
    const std::string_view value = Word();
    position_ += value.size();
    return std::string(value);
  }

  // The opening quote is already consumed. False when the closing one is missing.
  bool QuotedValue(std::string* value) {
    for (; !at_end(); ++position_) {
      char c = text_[position_];
      if (c == '"') {
        ++position_;
        return true;
      }
      if (c == '\\') {
        if (++position_ == text_.size()) return false;
        c = text_[position_];
        if (c != '"' && c != '\\') value->push_back('\\');
      }
      value->push_back(c);
    }
    return false;
  }

 private:
  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace

bool ParseCommand(std::string_view text, Command* command, std::string* error) {
  Scanner scanner(text);
  scanner.SkipSpace();
  command->verb = scanner.Name();
  command->arguments.clear();
  if (command->verb.empty() || (!scanner.at_end() && !scanner.Word().empty())) {
    *error = "a command starts with a verb of lower-case letters, digits and '-', not with \"" +
             command->verb + std::string(scanner.Word()) + "\"";
    return false;
  }
  for (scanner.SkipSpace(); !scanner.at_end(); scanner.SkipSpace()) {
    Argument argument;
    argument.key = scanner.Name();
    if (argument.key.empty() || !scanner.Accept('=')) {
      *error = command->verb + ": expected key=value, got \"" + argument.key +
               std::string(scanner.Word()) + "\"";
      return false;
    }
    if (!scanner.Accept('"')) {
      argument.value = scanner.BareValue();
      if (argument.value.find('"') != std::string::npos) {
        *error = command->verb + ": quote the value of " + argument.key + " as a whole";
        return false;
      }
    } else if (!scanner.QuotedValue(&argument.value)) {
      *error = command->verb + ": the value of " + argument.key + " has no closing quote";
      return false;
    } else if (!scanner.Word().empty()) {
      *error = command->verb + ": \"" + std::string(scanner.Word()) +
               "\" follows the closing quote of " + argument.key;
      return false;
    }
    command->arguments.push_back(std::move(argument));
  }
  return true;
}

std::vector<std::string_view> SplitCommands(std::string_view text) {
  std::vector<std::string_view> commands;
  bool quoted = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (quoted && i + 1 < text.size() && text[i] == '\\') {
      ++i;
      continue;
    }
    if (i < text.size() && text[i] == '"') quoted = !quoted;
    if (i < text.size() && (quoted || text[i] != ';')) continue;
    const std::string_view command = text.substr(start, i - start);
    if (command.find_first_not_of(kSpace) != std::string_view::npos) commands.push_back(command);
    start = i + 1;
  }
  return commands;
}

}  // namespace migsim
