// counts, reset-counts, journal.
#include <limits>
#include <string>

#include "simulator/control/choices.h"
#include "simulator/control/json_writer.h"
#include "simulator/control/verbs.h"
#include "simulator/store/function_table.h"

namespace migsim {
namespace {

JsonWriter& number_or_null(JsonWriter& json, std::string_view name, std::uint32_t value) {
  json.key(name);
  return value == kNotRecorded ? json.null() : json.number(value);
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string fault_command(const JournalRecord& record) {
  const std::string_view function =
      name_without_version(exported_functions()[record.function].name);
  std::string command = "fail fn=" + std::string(function) +
                        " nth=" + std::to_string(record.numbers[0] + 1ull) +
                        " times=" + std::to_string(record.numbers[1]) +
                        " hang-ms=" + std::to_string(record.numbers[2]);
  if (record.result == kAnswersAsUsual) return command;
  return command + " error=" + std::to_string(record.result);
}

// What the control side did, as the command that does it again.
std::string command_of(const JournalEntry& entry) {
  const JournalRecord& record = entry.record;
  const auto function = [&] {
    return " fn=" + std::string(name_without_version(exported_functions()[record.function].name));
  };
  const auto with = [](std::string_view key, auto value) {
    return " " + std::string(key) + "=" + std::to_string(value);
  };
  const auto chosen = [&](const auto& names, auto value) {
    return std::string(choice_name(names, value));
  };
  switch (record.kind) {
    case RecordKind::kCall:
      break;
    case RecordKind::kAddProcess: {
      std::string command =
          "add-process" + with("pid", record.numbers[0]) + with("gpu", record.gpu) +
          with("memory-mib", record.numbers[1]) +
          " kind=" + chosen(kProcessKindNames, static_cast<ProcessKind>(record.value));
      if (!entry.name.empty()) command += " name=" + quoted(entry.name);
      if (record.gpu_instance == kNoInstance) return command;
      return command + with("gi", record.gpu_instance) + with("ci", record.compute_instance);
    }
    case RecordKind::kRemoveProcess:
      return "remove-process" + with("pid", record.numbers[0]);
    case RecordKind::kLoseGpu:
      return "lose-gpu" + with("gpu", record.gpu);
    case RecordKind::kResetGpu:
      return "reset-gpu" + with("gpu", record.gpu);
    case RecordKind::kReboot:
      return "reboot";
    case RecordKind::kPrivileges:
      return "privileges value=" + chosen(kPrivilegeNames, static_cast<Privileges>(record.value));
    case RecordKind::kResetPolicy:
      return "reset-policy value=" +
             chosen(kResetPolicyNames, static_cast<ResetPolicy>(record.value));
    case RecordKind::kStaleSessions:
      return "stale-sessions value=" + chosen(kSwitchNames, record.value != 0);
    case RecordKind::kIdleMemory:
      return "idle-memory" + with("mib", record.numbers[0]);
    case RecordKind::kFault:
      return fault_command(record);
    case RecordKind::kClearFaults:
      return "clear-faults";
    case RecordKind::kFaultCounted:
      return "count-call" + function();
    case RecordKind::kLatency:
      return "latency" + function() + with("us", record.numbers[0]);
    case RecordKind::kLatencyPreset:
      return "latency preset=" +
             chosen(kLatencyPresetNames, static_cast<LatencyPreset>(record.value));
  }
  return {};
}

void write_action(JsonWriter& json, const JournalEntry& entry) {
  const JournalRecord& record = entry.record;
  json.begin_object().member("kind", "control");
  json.member("sequence", static_cast<std::int64_t>(record.sequence));
  json.member("pid", record.pid).member("command", command_of(entry)).end_object();
}

void write_call(JsonWriter& json, const JournalRecord& record) {
  json.begin_object().member("kind", "call");
  json.member("sequence", static_cast<std::int64_t>(record.sequence));
  json.member("pid", record.pid);
  json.member("fn", exported_functions()[record.function].name);
  number_or_null(json, "gpu", record.gpu == kWholeMachine ? kNotRecorded : record.gpu);
  number_or_null(json, "gpuInstanceId", record.gpu_instance);
  number_or_null(json, "computeInstanceId", record.compute_instance);
  number_or_null(json, "profileId", record.profile_id);
  json.key("placement");
  if (record.start == kNotRecorded) {
    json.null();
  } else {
    json.begin_object().member("start", record.start).member("size", record.size).end_object();
  }
  const bool sets_mode = record.function == function_id("nvmlDeviceSetMigMode");
  json.key("migEnabled");
  if (sets_mode) {
    json.boolean(record.setting != 0);
  } else {
    json.null();
  }
  number_or_null(json, "setting", sets_mode ? kNotRecorded : record.setting);
  number_or_null(json, "activation", record.activation);
  json.member("ret", record.result).flag("injected", record.struck).end_object();
}

}  // namespace

Reply counts_verb(Machine& machine, Arguments& arguments) {
  if (const std::string* problem = arguments.problem()) return refuse(*problem);
  const auto functions = exported_functions();
  std::uint64_t total = 0;
  std::uint64_t changing = 0;
  JsonWriter json;
  json.begin_object().key("byFunction").begin_object();
  for (std::size_t id = 0; id < functions.size(); ++id) {
    const std::uint64_t count = machine.call_count(static_cast<FunctionId>(id));
    if (count == 0) continue;
    total += count;
    if (functions[id].changing) changing += count;
    json.member(functions[id].name, static_cast<std::int64_t>(count));
  }
  json.end_object().member("total", static_cast<std::int64_t>(total));
  json.member("changing", static_cast<std::int64_t>(changing)).end_object();
  return done(json.take());
}

Reply reset_counts_verb(Machine& machine, Arguments& arguments) {
  if (const std::string* problem = arguments.problem()) return refuse(*problem);
  machine.reset_call_counts();
  return {};
}

Reply journal_verb(Machine& machine, Arguments& arguments) {
  constexpr auto kHighest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const std::uint64_t from = arguments.number("from", {1, kHighest}).value_or(1);
  const bool actions = arguments.choice<bool>("control", kSwitchNames).value_or(false);
  if (const std::string* problem = arguments.problem()) return refuse(*problem);
  JsonWriter json;
  json.begin_array();
  for (const JournalEntry& entry : machine.journal(from - 1)) {
    if (entry.record.kind == RecordKind::kCall) {
      write_call(json, entry.record);
    } else if (actions) {
      write_action(json, entry);
    }
  }
  json.end_array();
  return done(json.take());
}

}  // namespace migsim
