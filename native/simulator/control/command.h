// The control language: a verb, then key=value words. A value may be double-quoted, with \" and \\.
#ifndef MIG_SIMULATOR_CONTROL_COMMAND_H_
#define MIG_SIMULATOR_CONTROL_COMMAND_H_

#include <string>
#include <string_view>
#include <vector>

namespace migsim {

struct Argument {
  std::string key;
  std::string value;
};

struct Command {
  std::string verb;
  std::vector<Argument> arguments;
};

// False with a message in `error` when the text is not a command.
bool ParseCommand(std::string_view text, Command* command, std::string* error);

// Splits at every `;` outside quotes and omits empty commands.
std::vector<std::string_view> SplitCommands(std::string_view text);

}  // namespace migsim

#endif  // MIG_SIMULATOR_CONTROL_COMMAND_H_
