// Calls that change something on a GPU. Each is one transaction: the change, its journal record and
// its event become visible together; a refused call leaves only its record.
#ifndef MIG_SIMULATOR_NVML_CHANGING_CALL_H_
#define MIG_SIMULATOR_NVML_CHANGING_CALL_H_

#include "simulator/nvml/device_call.h"
#include "simulator/nvml/result.h"

namespace migsim {

// A call in progress, for its body. `record` starts with the request; the body adds the result.
struct Change {
  const Call& call;
  Transaction& transaction;
  JournalRecord& record;
  unsigned slices = 0;  // of the GPU instance that is created or destroyed

  unsigned gpu_index() const { return call.target.gpu; }
  GpuState& state() { return transaction.ChangeGpu(call.target.gpu); }
  const ProcessTable& processes() const { return transaction.processes(); }
};

class ChangingCall {
 public:
  ChangingCall(FunctionId function, const void* handle, const JournalRecord& request);

  template <typename Kind, typename Body>
  abi::nvmlReturn_t Run(Kind kind, Privileges needed, Body body) {
    if (gate_.answered()) return AnswerEarly();
    Transaction transaction(gate_.machine());
    if (gate_.machine().broken()) return abi::NVML_ERROR_UNKNOWN;
    HandleTarget target;
    const auto result = Resolve(handle_, kind, gate_.machine(), transaction, target);
    if (result != abi::NVML_SUCCESS) return result;
    const Call call{gate_.machine(), gate_.machine_number(), transaction, target};
    Change change{call, transaction, record_};
    FillTarget(target);
    const auto answer = call.Allows(needed) ? body(change) : abi::NVML_ERROR_NO_PERMISSION;
    gate_.set_slices(change.slices);
    Finish(transaction, answer);
    return answer;
  }

 private:
  void FillTarget(const HandleTarget& target);
  abi::nvmlReturn_t AnswerEarly();
  void Finish(Transaction& transaction, abi::nvmlReturn_t result);

  Gate gate_;
  const void* handle_;
  JournalRecord record_;
};

template <FunctionName kName, typename Handle, typename Kind, typename Body>
abi::nvmlReturn_t MakeChange(Handle handle, Kind kind, Privileges needed,
                             const JournalRecord& request, Body body) {
  return ChangingCall(kName.id(), handle, request).Run(kind, needed, body);
}

// A call that changes a setting of the GPU: body(change). Unlike calls on instances, it checks its
// arguments before the caller's privileges.
template <FunctionName kName, typename Body>
abi::nvmlReturn_t ChangeSetting(abi::nvmlDevice_t device, Accepts accepts, unsigned value,
                                Body body) {
  JournalRecord request;
  request.setting = value;
  return MakeChange<kName>(device, accepts, Privileges::kNone, request, body);
}

}  // namespace migsim

#endif  // MIG_SIMULATOR_NVML_CHANGING_CALL_H_
