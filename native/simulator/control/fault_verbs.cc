// fail, count-call, clear-faults, latency.
#include <string>

#include "simulator/control/choices.h"
#include "simulator/control/return_code_names.h"
#include "simulator/control/verbs.h"
#include "simulator/store/operations.h"

namespace migsim {
namespace {

constexpr std::uint64_t kLongestWaitMs = 24 * 60 * 60 * 1000;

// A name of NVML's, or any number that a driver could return.
std::int32_t ReadResult(CommandArguments& arguments) {
  const auto given = arguments.Text("error");
  if (!given) return kAnswersAsUsual;
  const bool is_number = given->find_first_not_of("0123456789") == std::string_view::npos;
  if (is_number) {
    return static_cast<std::int32_t>(arguments.Number("error", {0, 999}).value_or(0));
  }
  return arguments.ChoiceOf<std::int32_t>("error", kReturnCodeNames).value_or(kAnswersAsUsual);
}

std::string UnknownFunction(std::string_view name) {
  return "the simulated driver exports no function \"" + std::string(name) + "\"";
}

}  // namespace

Reply FailVerb(SimMachine& machine, CommandArguments& arguments) {
  Fault fault{};
  const std::string_view function = NameWithoutVersion(arguments.RequiredText("fn"));
  fault.calls_before =
      static_cast<std::uint32_t>(arguments.Number("nth", {1, UINT32_MAX}).value_or(1)) - 1;
  fault.calls_left =
      static_cast<std::uint32_t>(arguments.Number("times", {1, UINT32_MAX}).value_or(1));
  fault.result = ReadResult(arguments);
  const auto hang_ms = arguments.Number("hang-ms", {0, kLongestWaitMs});
  fault.hang_ms = static_cast<std::uint32_t>(hang_ms.value_or(0));
  if (!arguments.Text("error") && !hang_ms) arguments.Complain("needs error= or hang-ms=");
  if (const std::string* problem = arguments.Problem()) return Refuse(*problem);

  if (function.size() >= kFaultNameSize) return Refuse("fail: " + UnknownFunction(function));
  function.copy(fault.function, kFaultNameSize - 1);
  switch (AddFault(machine, fault)) {
    case ModelResult::kSuccess:
      return {};
    case ModelResult::kInsufficientResources:
      return Refuse("fail: a machine holds at most " + std::to_string(kMaxFaults) +
                    " faults; clear-faults removes them");
    default:
      return Refuse("fail: " + UnknownFunction(function));
  }
}

Reply CountCallVerb(SimMachine& machine, CommandArguments& arguments) {
  const std::string_view function = arguments.RequiredText("fn");
  if (const std::string* problem = arguments.Problem()) return Refuse(*problem);
  if (CountCall(machine, function) == ModelResult::kSuccess) return {};
  return Refuse("count-call: " + UnknownFunction(function));
}

Reply ClearFaultsVerb(SimMachine& machine, CommandArguments& arguments) {
  if (const std::string* problem = arguments.Problem()) return Refuse(*problem);
  ClearFaults(machine);
  return {};
}

Reply LatencyVerb(SimMachine& machine, CommandArguments& arguments) {
  const auto preset = arguments.ChoiceOf<LatencyPreset>("preset", kLatencyPresetNames);
  const auto function = arguments.Text("fn");
  const auto microseconds = arguments.Number("us", {0, UINT32_MAX});
  if (arguments.Text("preset").has_value() == (function || microseconds) ||
      function.has_value() != microseconds.has_value()) {
    arguments.Complain("takes either preset=, or fn= with us=");
  }
  if (const std::string* problem = arguments.Problem()) return Refuse(*problem);
  if (preset) {
    SetLatencyPreset(machine, *preset);
    return {};
  }
  const ModelResult outcome =
      SetLatency(machine, NameWithoutVersion(*function), static_cast<std::uint32_t>(*microseconds));
  if (outcome == ModelResult::kSuccess) return {};
  return Refuse("latency: " + UnknownFunction(*function));
}

}  // namespace migsim
