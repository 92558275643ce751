// Faults and latencies, as the control side sets them.
#include <algorithm>
#include <cstring>

#include "simulator/store/operations.h"
#include "simulator/store/steering.h"
#include "simulator/store/transaction.h"

namespace migsim {
namespace {

JournalRecord Action(RecordKind kind) {
  JournalRecord record = {};
  record.kind = kind;
  record.gpu = kWholeMachine;
  return record;
}

JournalRecord FaultRecord(FunctionId function, const Fault& fault) {
  JournalRecord record = Action(RecordKind::kFault);
  record.function = function;
  record.result = fault.result;
  record.numbers[0] = fault.calls_before;
  record.numbers[1] = fault.calls_left;
  record.numbers[2] = fault.hang_ms;
  return record;
}

template <typename Visit>
bool ForEachVersion(std::string_view function, Visit visit) {
  const auto functions = ExportedFunctions();
  const std::string_view wanted = NameWithoutVersion(function);
  bool found = false;
  for (std::size_t id = 0; id < functions.size(); ++id) {
    if (NameWithoutVersion(functions[id].name) != wanted) continue;
    found = true;
    visit(static_cast<FunctionId>(id));
  }
  return found;
}

}  // namespace

ModelResult AddFault(SimMachine& machine, const Fault& fault) {
  if (std::memchr(fault.function, '\0', kFaultNameSize) == nullptr)
    return ModelResult::kInvalidArgument;
  FunctionId function = 0;
  if (!ForEachVersion(fault.function, [&](FunctionId id) { function = id; })) {
    return ModelResult::kInvalidArgument;
  }
  Transaction transaction(machine);
  Controls& controls = transaction.ChangeControls();
  if (controls.fault_count == kMaxFaults) return ModelResult::kInsufficientResources;
  Fault& added = controls.faults[controls.fault_count++];
  added = fault;
  const std::string_view base = NameWithoutVersion(fault.function);
  std::memset(added.function, 0, sizeof added.function);
  base.copy(added.function, kFaultNameSize - 1);
  transaction.Record(FaultRecord(function, added));
  transaction.Commit();
  return ModelResult::kSuccess;
}

ModelResult CountCall(SimMachine& machine, std::string_view function) {
  FunctionId counted = 0;
  if (!ForEachVersion(function, [&](FunctionId id) { counted = id; })) {
    return ModelResult::kInvalidArgument;
  }
  Steer(machine, counted);
  return ModelResult::kSuccess;
}

void ClearFaults(SimMachine& machine) {
  Transaction transaction(machine);
  transaction.ChangeControls().fault_count = 0;
  transaction.Record(Action(RecordKind::kClearFaults));
  transaction.Commit();
}

ModelResult SetLatency(SimMachine& machine, std::string_view function, std::uint32_t microseconds) {
  Transaction transaction(machine);
  Controls& controls = transaction.ChangeControls();
  JournalRecord record = Action(RecordKind::kLatency);
  record.numbers[0] = microseconds;
  const bool found = ForEachVersion(function, [&](FunctionId id) {
    controls.latency_us[id] = microseconds;
    record.function = id;
  });
  if (!found) return ModelResult::kInvalidArgument;
  transaction.Record(record);
  transaction.Commit();
  return ModelResult::kSuccess;
}

void SetLatencyPreset(SimMachine& machine, LatencyPreset preset) {
  Transaction transaction(machine);
  Controls& controls = transaction.ChangeControls();
  controls.latency_preset = preset;
  std::ranges::fill(controls.latency_us, 0u);
  JournalRecord record = Action(RecordKind::kLatencyPreset);
  record.value = static_cast<std::uint8_t>(preset);
  transaction.Record(record);
  transaction.Commit();
}

}  // namespace migsim
