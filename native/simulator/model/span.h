// A run of neighbouring units: memory units of a GPU, or compute slices inside a GPU instance.
#ifndef MIG_SIMULATOR_MODEL_SPAN_H_
#define MIG_SIMULATOR_MODEL_SPAN_H_

#include <cstdint>

namespace migsim {

struct Span {
  std::uint8_t start;
  std::uint8_t size;

  friend constexpr bool operator==(Span, Span) = default;

  // One bit per unit. GPUs have at most 12 units.
  constexpr std::uint32_t mask() const { return ((1u << size) - 1u) << start; }
};

}  // namespace migsim

#endif  // MIG_SIMULATOR_MODEL_SPAN_H_
