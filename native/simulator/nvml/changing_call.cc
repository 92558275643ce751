#include "simulator/nvml/changing_call.h"

namespace migsim {

using namespace nvml_abi;

ChangingCall::ChangingCall(FunctionId function, const void* handle, const JournalRecord& request)
    : gate_(function, machine_of(handle)), handle_(handle), record_(request) {
  record_.function = function;
}

void ChangingCall::fill_place(const Place& place) {
  record_.gpu = static_cast<std::uint16_t>(place.gpu);
  if (place.kind == HandleKind::kGpu) return;
  record_.gpu_instance = place.gpu_instance;
  if (place.kind != HandleKind::kGpuInstance) record_.compute_instance = place.compute_instance;
}

// What an injected fault answers leaves a record like any other call.
nvmlReturn_t ChangingCall::answer_early() {
  const nvmlReturn_t result = gate_.answer();
  Handle handle;
  if (!gate_.struck() || !decode_handle(handle_, handle)) return result;
  if (handle.gpu >= gate_.machine().gpu_count()) return result;
  fill_place({handle.kind, handle.gpu, handle.gpu_instance, handle.compute_instance});
  Transaction transaction(gate_.machine());
  record_.result = result;
  record_.struck = true;
  transaction.record(record_);
  transaction.commit();
  return result;
}

void ChangingCall::finish(Transaction& transaction, nvmlReturn_t result) {
  record_.result = result;
  transaction.record(record_);
  // The driver raises it where an instance is created or destroyed, and not for the mode
  // (open-gpu-kernel-modules, kernel_mig_manager.c and gpu_instance_subscription.c).
  if (result == NVML_SUCCESS && transaction.changes_instances(record_.gpu)) {
    transaction.raise({0, nvmlEventMigConfigChange, 0, record_.gpu});
  }
  transaction.commit();
  SessionView* view = gate_.machine().session_view();
  if (view != nullptr) view->see(record_.gpu, transaction.gpu(record_.gpu));
}

}  // namespace migsim
