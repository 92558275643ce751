// The driver that a simulated machine pretends to run. Symbols and answers follow its branch.
#ifndef MIG_SIMULATOR_MODEL_DRIVER_VERSION_H_
#define MIG_SIMULATOR_MODEL_DRIVER_VERSION_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace migsim {

struct DriverVersion {
  std::uint16_t branch;
  std::uint16_t minor;
  std::uint16_t patch;  // kNoPatch in versions of two parts, such as 495.46

  static constexpr std::uint16_t kNoPatch = 0xFFFF;

  // A version of two parts starts a release line: it sorts before its patches.
  friend constexpr std::strong_ordering operator<=>(DriverVersion a, DriverVersion b) {
    if (auto order = a.branch <=> b.branch; order != 0) return order;
    if (auto order = a.minor <=> b.minor; order != 0) return order;
    return a.patch_order() <=> b.patch_order();
  }
  friend constexpr bool operator==(DriverVersion a, DriverVersion b) { return (a <=> b) == 0; }

 private:
  constexpr std::uint16_t patch_order() const { return patch == kNoPatch ? 0 : patch; }
};

// The first branch with MIG.
inline constexpr DriverVersion kOldestDriver{450, 0, 0};
inline constexpr DriverVersion kDefaultDriver{580, 65, 6};
inline constexpr std::size_t kDriverTextSize = 24;

// "580.65.06", "495.46", or a branch such as "R535" or "535" (then a release of that branch).
std::optional<DriverVersion> ParseDriverVersion(std::string_view text);

// Writes "580.65.06" with its final zero.
void WriteDriverVersion(DriverVersion version, char (&text)[kDriverTextSize]);

// 1000 * major + 10 * minor of the branch's CUDA version.
int CudaVersion(DriverVersion version);

}  // namespace migsim

#endif  // MIG_SIMULATOR_MODEL_DRIVER_VERSION_H_
