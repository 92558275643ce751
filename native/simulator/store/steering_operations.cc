// Faults and latencies, as a control side sets them.
#include <algorithm>
#include <cstring>

#include "simulator/store/operations.h"
#include "simulator/store/steering.h"
#include "simulator/store/transaction.h"

namespace migsim {
namespace {

JournalRecord action(RecordKind kind) {
  JournalRecord record = {};
  record.kind = kind;
  record.gpu = kWholeMachine;
  return record;
}

JournalRecord fault_record(FunctionId function, const Fault& fault) {
  JournalRecord record = action(RecordKind::kFault);
  record.function = function;
  record.result = fault.result;
  record.numbers[0] = fault.calls_before;
  record.numbers[1] = fault.calls_left;
  record.numbers[2] = fault.hang_ms;
  return record;
}

template <typename Visit>
bool for_each_version(std::string_view function, Visit visit) {
  const auto functions = exported_functions();
  const std::string_view wanted = name_without_version(function);
  bool found = false;
  for (std::size_t id = 0; id < functions.size(); ++id) {
    if (name_without_version(functions[id].name) != wanted) continue;
    found = true;
    visit(static_cast<FunctionId>(id));
  }
  return found;
}

}  // namespace

Outcome add_fault(Machine& machine, const Fault& fault) {
  if (std::memchr(fault.function, '\0', kFaultNameSize) == nullptr)
    return Outcome::kInvalidArgument;
  FunctionId function = 0;
  if (!for_each_version(fault.function, [&](FunctionId id) { function = id; })) {
    return Outcome::kInvalidArgument;
  }
  Transaction transaction(machine);
  Controls& controls = transaction.change_controls();
  if (controls.fault_count == kMaxFaults) return Outcome::kInsufficientResources;
  Fault& added = controls.faults[controls.fault_count++];
  added = fault;
  const std::string_view base = name_without_version(fault.function);
  std::memset(added.function, 0, sizeof added.function);
  base.copy(added.function, kFaultNameSize - 1);
  transaction.record(fault_record(function, added));
  transaction.commit();
  return Outcome::kSuccess;
}

Outcome count_call(Machine& machine, std::string_view function) {
  FunctionId counted = 0;
  if (!for_each_version(function, [&](FunctionId id) { counted = id; })) {
    return Outcome::kInvalidArgument;
  }
  steer(machine, counted);
  return Outcome::kSuccess;
}

void clear_faults(Machine& machine) {
  Transaction transaction(machine);
  transaction.change_controls().fault_count = 0;
  transaction.record(action(RecordKind::kClearFaults));
  transaction.commit();
}

Outcome set_latency(Machine& machine, std::string_view function, std::uint32_t microseconds) {
  Transaction transaction(machine);
  Controls& controls = transaction.change_controls();
  JournalRecord record = action(RecordKind::kLatency);
  record.numbers[0] = microseconds;
  const bool found = for_each_version(function, [&](FunctionId id) {
    controls.latency_us[id] = microseconds;
    record.function = id;
  });
  if (!found) return Outcome::kInvalidArgument;
  transaction.record(record);
  transaction.commit();
  return Outcome::kSuccess;
}

void set_latency_preset(Machine& machine, LatencyPreset preset) {
  Transaction transaction(machine);
  Controls& controls = transaction.change_controls();
  controls.latency_preset = preset;
  std::ranges::fill(controls.latency_us, 0u);
  JournalRecord record = action(RecordKind::kLatencyPreset);
  record.value = static_cast<std::uint8_t>(preset);
  transaction.record(record);
  transaction.commit();
}

}  // namespace migsim
