// counts, reset-counts, journal.
#include <limits>
#include <string>

#include "simulator/control/choices.h"
#include "simulator/control/json_writer.h"
#include "simulator/control/verbs.h"
#include "simulator/store/function_table.h"

namespace migsim {
namespace {

JsonWriter& NumberOrNull(JsonWriter& json, std::string_view name, std::uint32_t value) {
  json.Key(name);
  return value == kNotRecorded ? json.Null() : json.Number(value);
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string FaultCommand(const JournalRecord& record) {
  const std::string_view function = NameWithoutVersion(ExportedFunctions()[record.function].name);
  std::string command = "fail fn=" + std::string(function) +
                        " nth=" + std::to_string(record.numbers[0] + 1ull) +
                        " times=" + std::to_string(record.numbers[1]) +
                        " hang-ms=" + std::to_string(record.numbers[2]);
  if (record.result == kAnswersAsUsual) return command;
  return command + " error=" + std::to_string(record.result);
}

// An action of the control side, as the command that repeats it.
std::string CommandOf(const JournalEntry& entry) {
  const JournalRecord& record = entry.record;
  const auto function = [&] {
    return " fn=" + std::string(NameWithoutVersion(ExportedFunctions()[record.function].name));
  };
  const auto with = [](std::string_view key, auto value) {
    return " " + std::string(key) + "=" + std::to_string(value);
  };
  const auto chosen = [&](const auto& names, auto value) {
    return std::string(ChoiceName(names, value));
  };
  switch (record.kind) {
    case RecordKind::kCall:
      break;
    case RecordKind::kAddProcess: {
      std::string command =
          "add-process" + with("pid", record.numbers[0]) + with("gpu", record.gpu) +
          with("memory-mib", record.numbers[1]) +
          " kind=" + chosen(kProcessKindNames, static_cast<ProcessKind>(record.value));
      if (!entry.name.empty()) command += " name=" + Quoted(entry.name);
      if (record.gpu_instance == kNoInstance) return command;
      return command + with("gi", record.gpu_instance) + with("ci", record.compute_instance);
    }
    case RecordKind::kRemoveProcess:
      return "remove-process" + with("pid", record.numbers[0]);
    case RecordKind::kLoseGpu:
      return "lose-gpu" + with("gpu", record.gpu);
    case RecordKind::kRaiseXid: {
      std::string command = "raise-xid" + with("gpu", record.gpu) + with("xid", record.numbers[0]);
      if (record.gpu_instance != kNoInstance) command += with("gi", record.gpu_instance);
      if (record.compute_instance != kNoInstance) command += with("ci", record.compute_instance);
      return command;
    }
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
    case RecordKind::kUnloadDriver:
      return "unload-driver";
    case RecordKind::kLoadDriver:
      return "load-driver";
    case RecordKind::kRequestMode:
      return "request-mode" + with("gpu", record.gpu) +
             " mig=" + chosen(kSwitchNames, record.value != 0);
    case RecordKind::kFault:
      return FaultCommand(record);
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

void WriteAction(JsonWriter& json, const JournalEntry& entry) {
  const JournalRecord& record = entry.record;
  json.BeginObject().Member("kind", "control");
  json.Member("sequence", static_cast<std::int64_t>(record.sequence));
  json.Member("pid", record.pid).Member("command", CommandOf(entry)).EndObject();
}

void WriteCall(JsonWriter& json, const JournalRecord& record) {
  json.BeginObject().Member("kind", "call");
  json.Member("sequence", static_cast<std::int64_t>(record.sequence));
  json.Member("pid", record.pid);
  json.Member("fn", ExportedFunctions()[record.function].name);
  NumberOrNull(json, "gpu", record.gpu == kWholeMachine ? kNotRecorded : record.gpu);
  NumberOrNull(json, "gpuInstanceId", record.gpu_instance);
  NumberOrNull(json, "computeInstanceId", record.compute_instance);
  NumberOrNull(json, "profileId", record.profile_id);
  json.Key("placement");
  if (record.start == kNotRecorded) {
    json.Null();
  } else {
    json.BeginObject().Member("start", record.start).Member("size", record.size).EndObject();
  }
  const bool sets_mode = record.function == FunctionIdOf("nvmlDeviceSetMigMode");
  json.Key("migEnabled");
  if (sets_mode) {
    json.Boolean(record.setting != 0);
  } else {
    json.Null();
  }
  NumberOrNull(json, "setting", sets_mode ? kNotRecorded : record.setting);
  NumberOrNull(json, "activation", record.activation);
  json.Member("ret", record.result).Flag("injected", record.struck).EndObject();
}

}  // namespace

Reply CountsVerb(SimMachine& machine, CommandArguments& arguments) {
  if (const std::string* problem = arguments.Problem()) return Refuse(*problem);
  const auto functions = ExportedFunctions();
  std::uint64_t total = 0;
  std::uint64_t changing = 0;
  JsonWriter json;
  json.BeginObject().Key("byFunction").BeginObject();
  for (std::size_t id = 0; id < functions.size(); ++id) {
    const std::uint64_t count = machine.CallCount(static_cast<FunctionId>(id));
    if (count == 0) continue;
    total += count;
    if (functions[id].changing) changing += count;
    json.Member(functions[id].name, static_cast<std::int64_t>(count));
  }
  json.EndObject().Member("total", static_cast<std::int64_t>(total));
  json.Member("changing", static_cast<std::int64_t>(changing)).EndObject();
  return Done(json.Take());
}

Reply ResetCountsVerb(SimMachine& machine, CommandArguments& arguments) {
  if (const std::string* problem = arguments.Problem()) return Refuse(*problem);
  machine.ResetCallCounts();
  return {};
}

Reply JournalVerb(SimMachine& machine, CommandArguments& arguments) {
  constexpr auto kHighest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const std::uint64_t from = arguments.Number("from", {1, kHighest}).value_or(1);
  const bool actions = arguments.ChoiceOf<bool>("control", kSwitchNames).value_or(false);
  if (const std::string* problem = arguments.Problem()) return Refuse(*problem);
  JsonWriter json;
  json.BeginArray();
  for (const JournalEntry& entry : machine.Journal(from - 1)) {
    if (entry.record.kind == RecordKind::kCall) {
      WriteCall(json, entry.record);
    } else if (actions) {
      WriteAction(json, entry);
    }
  }
  json.EndArray();
  return Done(json.Take());
}

}  // namespace migsim
