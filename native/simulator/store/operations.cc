#include "simulator/store/operations.h"

#include <algorithm>
#include <cstring>

#include "simulator/model/catalog.h"
#include "simulator/model/mig_mode.h"
#include "simulator/model/processes.h"
#include "simulator/store/events.h"
#include "simulator/store/steering.h"
#include "simulator/store/transaction.h"

namespace migsim {
namespace {

constexpr std::uint64_t kXidEvent = 0x8;             // nvmlEventTypeXidCriticalError
constexpr std::uint64_t kConfigChangeEvent = 0x100;  // nvmlEventMigConfigChange
constexpr std::uint64_t kFallenOffTheBus = 79;       // Xid catalogue of NVIDIA

JournalRecord action(RecordKind kind) {
  JournalRecord record = {};
  record.kind = kind;
  record.gpu = kWholeMachine;
  return record;
}

JournalRecord action_on(unsigned gpu, RecordKind kind) {
  JournalRecord record = action(kind);
  record.gpu = static_cast<std::uint16_t>(gpu);
  return record;
}

JournalRecord addition_of(const Process& process) {
  JournalRecord record = action_on(process.gpu, RecordKind::kAddProcess);
  record.gpu_instance = process.gpu_instance;
  record.compute_instance = process.compute_instance;
  record.numbers[0] = process.pid;
  record.numbers[1] = process.memory_mib;
  record.value = static_cast<std::uint8_t>(process.kind);
  return record;
}

Event whole_gpu_event(unsigned gpu, std::uint64_t type, std::uint64_t data) {
  return {0, type, data, gpu, kNoInstance, kNoInstance};
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

// Why the control side cannot do something to a GPU.
Outcome refusal(const GpuState& gpu) {
  if (gpu.removed) return Outcome::kNotFound;
  return gpu.lost ? Outcome::kGpuIsLost : Outcome::kSuccess;
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

Outcome add_process(Machine& machine, const Process& process) {
  if (process.gpu >= machine.gpu_count()) return Outcome::kInvalidArgument;
  Transaction transaction(machine);
  const Outcome outcome =
      add_process(transaction.change_processes(), transaction.gpu(process.gpu), process);
  if (outcome != Outcome::kSuccess) return outcome;
  transaction.record_named(addition_of(process), process.name);
  transaction.commit();
  return outcome;
}

unsigned remove_process(Machine& machine, std::uint32_t pid) {
  Transaction transaction(machine);
  const unsigned removed = remove_process(transaction.change_processes(), pid);
  if (removed == 0) return removed;
  JournalRecord record = action(RecordKind::kRemoveProcess);
  record.numbers[0] = pid;
  transaction.record(record);
  transaction.commit();
  return removed;
}

Outcome lose_gpu(Machine& machine, unsigned gpu) {
  if (gpu >= machine.gpu_count()) return Outcome::kInvalidArgument;
  Transaction transaction(machine);
  if (transaction.gpu(gpu).removed) return Outcome::kNotFound;
  transaction.change_gpu(gpu).lost = true;
  transaction.record(action_on(gpu, RecordKind::kLoseGpu));
  transaction.raise(whole_gpu_event(gpu, kXidEvent, kFallenOffTheBus));
  transaction.commit();
  return Outcome::kSuccess;
}

Outcome reset_gpu(Machine& machine, unsigned gpu) {
  if (gpu >= machine.gpu_count()) return Outcome::kInvalidArgument;
  Transaction transaction(machine);
  const Outcome refused = refusal(transaction.gpu(gpu));
  if (refused != Outcome::kSuccess) return refused;
  if (transaction.controls().reset_policy == ResetPolicy::kRefused) return Outcome::kNotSupported;
  if (in_use(transaction.processes(), gpu)) return Outcome::kInUse;
  reset_gpu_state(transaction.change_gpu(gpu));
  transaction.record(action_on(gpu, RecordKind::kResetGpu));
  if (transaction.reconfigures(gpu)) {
    transaction.raise(whole_gpu_event(gpu, kConfigChangeEvent, 0));
  }
  transaction.commit();
  return Outcome::kSuccess;
}

void reboot(Machine& machine) {
  Transaction transaction(machine);
  for (unsigned gpu = 0; gpu < machine.gpu_count(); ++gpu) {
    GpuState& state = transaction.change_gpu(gpu);
    reboot_gpu_state(*gpu_models()[state.model].geometry, state);
  }
  transaction.change_processes().count = 0;
  transaction.reboot();
  transaction.record(action(RecordKind::kReboot));
  transaction.commit();
}

void set_privileges(Machine& machine, Privileges privileges) {
  Transaction transaction(machine);
  transaction.change_controls().privileges = privileges;
  JournalRecord record = action(RecordKind::kPrivileges);
  record.value = static_cast<std::uint8_t>(privileges);
  transaction.record(record);
  transaction.commit();
}

void set_reset_policy(Machine& machine, ResetPolicy policy) {
  Transaction transaction(machine);
  transaction.change_controls().reset_policy = policy;
  JournalRecord record = action(RecordKind::kResetPolicy);
  record.value = static_cast<std::uint8_t>(policy);
  transaction.record(record);
  transaction.commit();
}

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
