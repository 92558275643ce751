// Functions that exist in NVML and that no simulated GPU supports. They ignore their arguments, so
// one definition without parameters fits every signature of the C calling convention.
#include "simulator/nvml/function_name.h"
#include "simulator/nvml/gate.h"

namespace migsim {
namespace {

abi::nvmlReturn_t AnswerNotSupported(FunctionId function) {
  const Gate gate(function, SelectedMachine());
  return gate.answered() ? gate.answer() : abi::NVML_ERROR_NOT_SUPPORTED;
}

}  // namespace

#define NVML_UNSUPPORTED(name) \
  MIGSIM_EXPORT abi::nvmlReturn_t name() { return AnswerNotSupported(FunctionIdOf(#name)); }
#define NVML_UNSUPPORTED_SINCE(name, branch, minor, patch) NVML_UNSUPPORTED(name)
#include "simulator/store/unsupported_functions.inc"
#undef NVML_UNSUPPORTED_SINCE
#undef NVML_UNSUPPORTED

}  // namespace migsim
