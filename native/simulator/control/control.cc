// The exported side of the control language.
#include <string>

#include "simulator/control/command.h"
#include "simulator/control/json_writer.h"
#include "simulator/control/run.h"
#include "simulator/store/registry.h"

namespace migsim {
namespace {

std::string run_startup_commands(Machine& machine, const char* commands) {
  for (const std::string_view text : split_commands(commands)) {
    const Reply reply = run_on_machine(machine, text);
    if (reply.refused()) return reply.error;
  }
  return {};
}

std::string error_json(std::string_view error) {
  JsonWriter json;
  json.begin_object().member("error", error).end_object();
  return json.take();
}

[[maybe_unused]] const bool registered = (set_startup_commands(run_startup_commands), true);

}  // namespace
}  // namespace migsim

// The reply is JSON and lives until the calling thread's next command. Status 0: done; otherwise
// the reply is {"error": what was wrong}.
extern "C" __attribute__((visibility("default"))) const char* migsim_control(const char* command,
                                                                             int* status) {
  thread_local std::string reply;
  migsim::Reply result = command == nullptr ? migsim::refuse("the command is a null pointer")
                                            : migsim::run_command(command);
  reply = result.refused() ? migsim::error_json(result.error) : std::move(result.json);
  if (status != nullptr) *status = result.refused() ? 1 : 0;
  return reply.c_str();
}
