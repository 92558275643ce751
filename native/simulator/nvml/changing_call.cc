#include "simulator/nvml/changing_call.h"

namespace migsim {

ChangingCall::ChangingCall(FunctionId function, const void* handle, const JournalRecord& request)
    : gate_(function, MachineOf(handle)), handle_(handle), record_(request) {
  record_.function = function;
}

void ChangingCall::FillTarget(const HandleTarget& target) {
  record_.gpu = static_cast<std::uint16_t>(target.gpu);
  if (target.kind == HandleKind::kGpu) return;
  record_.gpu_instance = target.gpu_instance;
  if (target.kind != HandleKind::kGpuInstance) record_.compute_instance = target.compute_instance;
}

// A call that an injected fault answers leaves a record like any other call.
abi::nvmlReturn_t ChangingCall::AnswerEarly() {
  const abi::nvmlReturn_t result = gate_.answer();
  Handle handle;
  if (!gate_.struck() || !DecodeHandle(handle_, handle)) return result;
  if (handle.gpu >= gate_.machine().gpu_count()) return result;
  FillTarget({handle.kind, handle.gpu, handle.gpu_instance, handle.compute_instance});
  Transaction transaction(gate_.machine());
  record_.result = result;
  record_.struck = true;
  transaction.Record(record_);
  transaction.Commit();
  return result;
}

void ChangingCall::Finish(Transaction& transaction, abi::nvmlReturn_t result) {
  record_.result = result;
  transaction.Record(record_);
  // The driver raises the event when an instance is created or destroyed, and not for the mode
  // (open-gpu-kernel-modules, kernel_mig_manager.c and gpu_instance_subscription.c).
  if (result == abi::NVML_SUCCESS && transaction.ChangesInstances(record_.gpu)) {
    transaction.Raise({0, abi::nvmlEventMigConfigChange, 0, record_.gpu});
  }
  transaction.Commit();
  SessionView* view = gate_.machine().session_view();
  if (view != nullptr) view->See(record_.gpu, transaction.Gpu(record_.gpu));
}

}  // namespace migsim
