#include "simulator/store/operations.h"

#include "simulator/model/catalog.h"
#include "simulator/model/mig_mode.h"
#include "simulator/model/processes.h"
#include "simulator/store/events.h"
#include "simulator/store/transaction.h"

namespace migsim {
namespace {

constexpr std::uint64_t kXidEvent = 0x8;        // nvmlEventTypeXidCriticalError
constexpr std::uint64_t kFallenOffTheBus = 79;  // Xid catalogue of NVIDIA

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

// Why the control side cannot do something to a GPU.
Outcome refusal(const GpuState& gpu) {
  if (gpu.removed) return Outcome::kNotFound;
  return gpu.lost ? Outcome::kGpuIsLost : Outcome::kSuccess;
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
  transaction.raise({0, kXidEvent, kFallenOffTheBus, gpu});
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
  // No event: on a real machine nobody has NVML open during a reset.
  reset_gpu_state(transaction.change_gpu(gpu));
  transaction.record(action_on(gpu, RecordKind::kResetGpu));
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

void set_stale_sessions(Machine& machine, bool stale) {
  Transaction transaction(machine);
  transaction.change_controls().stale_sessions = stale;
  JournalRecord record = action(RecordKind::kStaleSessions);
  record.value = stale;
  transaction.record(record);
  transaction.commit();
}

void set_idle_memory(Machine& machine, std::uint32_t mib) {
  Transaction transaction(machine);
  transaction.change_controls().idle_memory_mib = mib;
  JournalRecord record = action(RecordKind::kIdleMemory);
  record.numbers[0] = mib;
  transaction.record(record);
  transaction.commit();
}

}  // namespace migsim
