// The answer of an operation on the model. The numbers are NVML's return codes, so that the
// exported functions can return them; only codes that the model itself returns have names here.
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
