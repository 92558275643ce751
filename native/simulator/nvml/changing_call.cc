#include "simulator/nvml/changing_call.h"

namespace migsim {

using namespace nvml_abi;

ChangingCall::ChangingCall(FunctionId function, const void* handle, const JournalRecord& request)
    : gate_(function, MachineOf(handle)), handle_(handle), record_(request) {
  record_.function = function;
}

void ChangingCall::FillPlace(const Place& place) {
  record_.gpu = static_cast<std::uint16_t>(place.gpu);
  if (place.kind == HandleKind::kGpu) return;
  record_.gpu_instance = place.gpu_instance;
  if (place.kind != HandleKind::kGpuInstance) record_.compute_instance = place.compute_instance;
}

// What an injected fault answers leaves a record like any other call.
nvmlReturn_t ChangingCall::AnswerEarly() {
  const nvmlReturn_t result = gate_.answer();
  Handle handle;
  if (!gate_.struck() || !DecodeHandle(handle_, handle)) return result;
  if (handle.gpu >= gate_.machine().gpu_count()) return result;
  FillPlace({handle.kind, handle.gpu, handle.gpu_instance, handle.compute_instance});
  Transaction transaction(gate_.machine());
  record_.result = result;
  record_.struck = true;
  transaction.Record(record_);
  transaction.Commit();
  return result;
}

void ChangingCall::Finish(Transaction& transaction, nvmlReturn_t result) {
  record_.result = result;
  transaction.Record(record_);
  // The driver raises it where an instance is created or destroyed, and not for the mode
  // (open-gpu-kernel-modules, kernel_mig_manager.c and gpu_instance_subscription.c).
  if (result == NVML_SUCCESS && transaction.ChangesInstances(record_.gpu)) {
    transaction.Raise({0, nvmlEventMigConfigChange, 0, record_.gpu});
  }
  transaction.Commit();
  SessionView* view = gate_.machine().session_view();
  if (view != nullptr) view->See(record_.gpu, transaction.Gpu(record_.gpu));
}

}  // namespace migsim
