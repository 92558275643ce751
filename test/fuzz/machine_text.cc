// Any description of a machine ("8x A100-SXM4-40GB, 2x T4") is accepted or refused.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sound_machine.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const unsigned machine = fuzz::MakeMachine({reinterpret_cast<const char*>(data), size});
  if (machine == 0) return 0;
  fuzz::Use(machine);
  fuzz::Must(migsim::CloseMachine(machine));
  return 0;
}
