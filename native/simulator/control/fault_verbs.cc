// fail, count-call, clear-faults, latency.
#include <string>

#include "simulator/control/choices.h"
#include "simulator/control/return_codes.h"
#include "simulator/control/verbs.h"
#include "simulator/store/operations.h"

namespace migsim {
namespace {

constexpr std::uint64_t kLongestWaitMs = 24 * 60 * 60 * 1000;

// A name of NVML's, or any number that a driver could answer.
std::int32_t read_result(Arguments& arguments) {
  const auto given = arguments.text("error");
  if (!given) return kAnswersAsUsual;
  const bool is_number = given->find_first_not_of("0123456789") == std::string_view::npos;
  if (is_number) {
    return static_cast<std::int32_t>(arguments.number("error", {0, 999}).value_or(0));
  }
  return arguments.choice<std::int32_t>("error", kReturnCodeNames).value_or(kAnswersAsUsual);
}

std::string unknown_function(std::string_view name) {
  return "the simulated driver exports no function \"" + std::string(name) + "\"";
}

}  // namespace

Reply fail_verb(Machine& machine, Arguments& arguments) {
  Fault fault{};
  const std::string_view function = name_without_version(arguments.required_text("fn"));
  fault.calls_before =
      static_cast<std::uint32_t>(arguments.number("nth", {1, UINT32_MAX}).value_or(1)) - 1;
  fault.calls_left =
      static_cast<std::uint32_t>(arguments.number("times", {1, UINT32_MAX}).value_or(1));
  fault.result = read_result(arguments);
  const auto hang_ms = arguments.number("hang-ms", {0, kLongestWaitMs});
  fault.hang_ms = static_cast<std::uint32_t>(hang_ms.value_or(0));
  if (!arguments.text("error") && !hang_ms) arguments.complain("needs error= or hang-ms=");
  if (const std::string* problem = arguments.problem()) return refuse(*problem);

  if (function.size() >= kFaultNameSize) return refuse("fail: " + unknown_function(function));
  function.copy(fault.function, kFaultNameSize - 1);
  switch (add_fault(machine, fault)) {
    case Outcome::kSuccess:
      return {};
    case Outcome::kInsufficientResources:
      return refuse("fail: a machine holds at most " + std::to_string(kMaxFaults) +
                    " faults; clear-faults removes them");
    default:
      return refuse("fail: " + unknown_function(function));
  }
}

Reply count_call_verb(Machine& machine, Arguments& arguments) {
  const std::string_view function = arguments.required_text("fn");
  if (const std::string* problem = arguments.problem()) return refuse(*problem);
  if (count_call(machine, function) == Outcome::kSuccess) return {};
  return refuse("count-call: " + unknown_function(function));
}

Reply clear_faults_verb(Machine& machine, Arguments& arguments) {
  if (const std::string* problem = arguments.problem()) return refuse(*problem);
  clear_faults(machine);
  return {};
}

Reply latency_verb(Machine& machine, Arguments& arguments) {
  const auto preset = arguments.choice<LatencyPreset>("preset", kLatencyPresetNames);
  const auto function = arguments.text("fn");
  const auto microseconds = arguments.number("us", {0, UINT32_MAX});
  if (arguments.text("preset").has_value() == (function || microseconds) ||
      function.has_value() != microseconds.has_value()) {
    arguments.complain("takes either preset=, or fn= with us=");
  }
  if (const std::string* problem = arguments.problem()) return refuse(*problem);
  if (preset) {
    set_latency_preset(machine, *preset);
    return {};
  }
  const Outcome outcome = set_latency(machine, name_without_version(*function),
                                      static_cast<std::uint32_t>(*microseconds));
  if (outcome == Outcome::kSuccess) return {};
  return refuse("latency: " + unknown_function(*function));
}

}  // namespace migsim
