// What an operation on the model answers. The numbers are NVML's return codes, so that the exported
// functions can pass them on; outcome names exist only for what the model itself can say.
#ifndef MIG_SIMULATOR_MODEL_MODEL_RESULT_H_
#define MIG_SIMULATOR_MODEL_MODEL_RESULT_H_

namespace migsim {

enum class ModelResult : int {
  kSuccess = 0,
  kInvalidArgument = 2,
  kNotSupported = 3,
  kNoPermission = 4,
  kNotFound = 6,
  kGpuIsLost = 15,
  kResetRequired = 16,
  kInUse = 19,
  kInsufficientResources = 23,
};

}  // namespace migsim

#endif  // MIG_SIMULATOR_MODEL_MODEL_RESULT_H_
