// The exported side of the control language.
#include <string>

#include "simulator/control/command.h"
#include "simulator/control/json_writer.h"
#include "simulator/control/run.h"
#include "simulator/store/registry.h"

namespace migsim {
namespace {

std::string RunStartupCommands(SimMachine& machine, const char* commands) {
  for (const std::string_view text : SplitCommands(commands)) {
    const Reply reply = RunOnMachine(machine, text);
    if (reply.refused()) return reply.error;
  }
  return {};
}

std::string ErrorJson(std::string_view error) {
  JsonWriter json;
  json.BeginObject().Member("error", error).EndObject();
  return json.Take();
}

[[maybe_unused]] const bool registered = (SetStartupCommands(RunStartupCommands), true);

}  // namespace
}  // namespace migsim

// The reply is JSON and lives until the calling thread's next command. Status 0: done; otherwise
// the reply is {"error": the reason}.
extern "C" __attribute__((visibility("default"))) const char* migsim_control(const char* command,
                                                                             int* status) {
  thread_local std::string reply;
  migsim::Reply result = command == nullptr ? migsim::Refuse("the command is a null pointer")
                                            : migsim::RunCommand(command);
  reply = result.refused() ? migsim::ErrorJson(result.error) : std::move(result.json);
  if (status != nullptr) *status = result.refused() ? 1 : 0;
  return reply.c_str();
}
