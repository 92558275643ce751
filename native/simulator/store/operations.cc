#include "simulator/store/operations.h"

#include "simulator/model/catalog.h"
#include "simulator/model/mig_mode.h"
#include "simulator/model/processes.h"
#include "simulator/store/event_ring.h"
#include "simulator/store/transaction.h"

namespace migsim {
namespace {

constexpr std::uint64_t kXidEvent = 0x8;        // nvmlEventTypeXidCriticalError
constexpr std::uint64_t kFallenOffTheBus = 79;  // Xid catalogue of NVIDIA

JournalRecord Action(RecordKind kind) {
  JournalRecord record = {};
  record.kind = kind;
  record.gpu = kWholeMachine;
  return record;
}

JournalRecord ActionOn(unsigned gpu, RecordKind kind) {
  JournalRecord record = Action(kind);
  record.gpu = static_cast<std::uint16_t>(gpu);
  return record;
}

JournalRecord AdditionOf(const SimProcess& process) {
  JournalRecord record = ActionOn(process.gpu, RecordKind::kAddProcess);
  record.gpu_instance = process.gpu_instance;
  record.compute_instance = process.compute_instance;
  record.numbers[0] = process.pid;
  record.numbers[1] = process.memory_mib;
  record.value = static_cast<std::uint8_t>(process.kind);
  return record;
}

// Why the control side cannot change a GPU.
ModelResult Refusal(const GpuState& gpu) {
  if (gpu.removed) return ModelResult::kNotFound;
  return gpu.lost ? ModelResult::kGpuIsLost : ModelResult::kSuccess;
}

}  // namespace

ModelResult AddProcess(SimMachine& machine, const SimProcess& process) {
  if (process.gpu >= machine.gpu_count()) return ModelResult::kInvalidArgument;
  Transaction transaction(machine);
  const ModelResult outcome =
      AddProcess(transaction.ChangeProcesses(), transaction.Gpu(process.gpu), process);
  if (outcome != ModelResult::kSuccess) return outcome;
  transaction.RecordNamed(AdditionOf(process), process.name);
  transaction.Commit();
  return outcome;
}

unsigned RemoveProcess(SimMachine& machine, std::uint32_t pid) {
  Transaction transaction(machine);
  const unsigned removed = RemoveProcess(transaction.ChangeProcesses(), pid);
  if (removed == 0) return removed;
  JournalRecord record = Action(RecordKind::kRemoveProcess);
  record.numbers[0] = pid;
  transaction.Record(record);
  transaction.Commit();
  return removed;
}

ModelResult LoseGpu(SimMachine& machine, unsigned gpu) {
  if (gpu >= machine.gpu_count()) return ModelResult::kInvalidArgument;
  Transaction transaction(machine);
  if (transaction.Gpu(gpu).removed) return ModelResult::kNotFound;
  transaction.ChangeGpu(gpu).lost = true;
  transaction.Record(ActionOn(gpu, RecordKind::kLoseGpu));
  transaction.Raise({0, kXidEvent, kFallenOffTheBus, gpu});
  transaction.Commit();
  return ModelResult::kSuccess;
}

ModelResult RaiseXid(SimMachine& machine, const Event& xid) {
  if (xid.gpu >= machine.gpu_count()) return ModelResult::kInvalidArgument;
  Transaction transaction(machine);
  const GpuState& gpu = transaction.Gpu(xid.gpu);
  const ModelResult refused = Refusal(gpu);
  if (refused != ModelResult::kSuccess) return refused;
  if (xid.gpu_instance != kNoInstance) {
    const GpuInstance& instance = gpu.instances[xid.gpu_instance];
    if (!instance.live()) return ModelResult::kInvalidArgument;
    if (xid.compute_instance != kNoInstance &&
        !instance.compute_instances[xid.compute_instance].live())
      return ModelResult::kInvalidArgument;
  }
  JournalRecord record = ActionOn(xid.gpu, RecordKind::kRaiseXid);
  record.gpu_instance = xid.gpu_instance;
  record.compute_instance = xid.compute_instance;
  record.numbers[0] = static_cast<std::uint32_t>(xid.data);
  transaction.Record(record);
  Event event = xid;
  event.type = kXidEvent;
  transaction.Raise(event);
  transaction.Commit();
  return ModelResult::kSuccess;
}

ModelResult ResetGpu(SimMachine& machine, unsigned gpu) {
  if (gpu >= machine.gpu_count()) return ModelResult::kInvalidArgument;
  Transaction transaction(machine);
  const ModelResult refused = Refusal(transaction.Gpu(gpu));
  if (refused != ModelResult::kSuccess) return refused;
  if (transaction.controls().reset_policy == ResetPolicy::kRefused)
    return ModelResult::kNotSupported;
  if (InUse(transaction.processes(), gpu)) return ModelResult::kInUse;
  // This raises no event: on a real machine no process has NVML open during a reset.
  ResetGpuState(transaction.ChangeGpu(gpu));
  transaction.Record(ActionOn(gpu, RecordKind::kResetGpu));
  transaction.Commit();
  return ModelResult::kSuccess;
}

void Reboot(SimMachine& machine) {
  Transaction transaction(machine);
  for (unsigned gpu = 0; gpu < machine.gpu_count(); ++gpu) {
    GpuState& state = transaction.ChangeGpu(gpu);
    RebootGpuState(*GpuModels()[state.model].geometry, state);
  }
  transaction.ChangeProcesses().count = 0;
  transaction.ChangeControls().driver_unloaded = 0;
  transaction.EndSessions();
  transaction.Record(Action(RecordKind::kReboot));
  transaction.Commit();
}

ModelResult UnloadDriver(SimMachine& machine) {
  if (machine.session() != 0) return ModelResult::kInUse;
  Transaction transaction(machine);
  if (transaction.processes().count != 0) return ModelResult::kInUse;
  for (unsigned gpu = 0; gpu < machine.gpu_count(); ++gpu) {
    GpuState& state = transaction.ChangeGpu(gpu);
    ForgetDriverState(*GpuModels()[state.model].geometry, state);
  }
  transaction.ChangeControls().driver_unloaded = 1;
  transaction.EndSessions();
  transaction.Record(Action(RecordKind::kUnloadDriver));
  transaction.Commit();
  return ModelResult::kSuccess;
}

void LoadDriver(SimMachine& machine) {
  Transaction transaction(machine);
  transaction.ChangeControls().driver_unloaded = 0;
  transaction.Record(Action(RecordKind::kLoadDriver));
  transaction.Commit();
}

ModelResult RequestMode(SimMachine& machine, unsigned gpu, bool enable) {
  if (gpu >= machine.gpu_count()) return ModelResult::kInvalidArgument;
  Transaction transaction(machine);
  if (transaction.Gpu(gpu).lost) return ModelResult::kGpuIsLost;
  if (!HasModeRegister(*GpuModels()[transaction.Gpu(gpu).model].geometry))
    return ModelResult::kNotSupported;
  transaction.ChangeGpu(gpu).mig_pending = enable;
  JournalRecord record = ActionOn(gpu, RecordKind::kRequestMode);
  record.value = enable;
  transaction.Record(record);
  transaction.Commit();
  return ModelResult::kSuccess;
}

void SetPrivileges(SimMachine& machine, Privileges privileges) {
  Transaction transaction(machine);
  transaction.ChangeControls().privileges = privileges;
  JournalRecord record = Action(RecordKind::kPrivileges);
  record.value = static_cast<std::uint8_t>(privileges);
  transaction.Record(record);
  transaction.Commit();
}

void SetResetPolicy(SimMachine& machine, ResetPolicy policy) {
  Transaction transaction(machine);
  transaction.ChangeControls().reset_policy = policy;
  JournalRecord record = Action(RecordKind::kResetPolicy);
  record.value = static_cast<std::uint8_t>(policy);
  transaction.Record(record);
  transaction.Commit();
}

void SetStaleSessions(SimMachine& machine, bool stale) {
  Transaction transaction(machine);
  transaction.ChangeControls().stale_sessions = stale;
  JournalRecord record = Action(RecordKind::kStaleSessions);
  record.value = stale;
  transaction.Record(record);
  transaction.Commit();
}

void SetIdleMemory(SimMachine& machine, std::uint32_t mib) {
  Transaction transaction(machine);
  transaction.ChangeControls().idle_memory_mib = mib;
  JournalRecord record = Action(RecordKind::kIdleMemory);
  record.numbers[0] = mib;
  transaction.Record(record);
  transaction.Commit();
}

}  // namespace migsim
