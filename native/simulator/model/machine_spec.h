// The text that describes a machine: "8x A100-SXM4-40GB, 2x T4", each model
// with an optional "+mig" (MIG mode on), "+swapped" (a board whose GPU instance
// ids are mirrored), "+lower-half" (such a board on which the driver puts the
// first 3-slice instance into the lower half), "+compute" (a workstation board
// in the compute display mode) and "+minor=4" (the device minor number of the
// first; the others follow). "none" is a machine without GPUs. " on
// pcie-pairs" at the end names the shape of the host.
#ifndef MIG_SIMULATOR_MODEL_MACHINE_SPEC_H_
#define MIG_SIMULATOR_MODEL_MACHINE_SPEC_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "simulator/model/driver_version.h"
#include "simulator/model/limits.h"

namespace migsim {

inline constexpr std::string_view kDefaultMachine = "8x A100-SXM4-40GB";
inline constexpr std::string_view kNoGpus = "none";

// What callers may do: everything; list and change instances but not the mode; see every MIG device
// and figures of the whole GPU; see public data only (MIG User Guide, "MIG capabilities";
// open-gpu-kernel-modules 595.45.04).
enum class Privileges : std::uint8_t { kNone, kMonitor, kConfig, kAdmin };
inline constexpr std::string_view kPrivilegeWords[] = {"none", "monitor", "config", "admin"};

// What a mode change does on a GPU that needs a reset for it.
enum class ResetPolicy : std::uint8_t {
  kAutomatic,  // the driver resets an idle GPU itself
  kManual,     // the change stays pending until a reset
  kRefused,    // the platform cannot reset (passthrough, some clouds)
};

// Which places of compute instances the driver lists. The catalog's follow a rule that is proven
// for the A100 and the H100 SXM and inferred for other boards; a machine can use the other rule.
enum class ComputePlaces : std::uint8_t { kCatalog, kOther };
inline constexpr std::string_view kComputePlacesWords[] = {"catalog", "other"};

// How strictly the driver checks what no public source settles. Strict: a compute instance's
// placement must equal a listed one, and an occupied slice is in use. Loose: only the start counts,
// as in the kernel module, and an occupied slice is a lack of resources.
enum class Checks : std::uint8_t { kStrict, kLoose };
inline constexpr std::string_view kChecksWords[] = {"strict", "loose"};

// Differences between drivers that public sources leave open.
struct DriverRules {
  ComputePlaces compute_places = ComputePlaces::kCatalog;
  Checks checks = Checks::kStrict;
};

struct GpuSpec {
  std::uint16_t model;  // position in GpuModels()
  bool mig_enabled;
  bool halves_swapped;
  bool lower_half_first;
  bool compute_display;
  std::uint8_t minor;  // N of /dev/nvidiaN
};

struct MachineSpec {
  std::size_t gpu_count = 0;
  GpuSpec gpus[kMaxGpus] = {};
  DriverVersion driver = kDefaultDriver;
  // True if the caller gave no driver: models that need a newer one then get the first that knows
  // them.
  bool driver_is_default = true;
  ResetPolicy reset_policy = ResetPolicy::kAutomatic;
  Privileges privileges = Privileges::kAdmin;
  DriverRules rules;
  // Determines every UUID and serial number: machines with equal seeds have equal ones.
  std::uint64_t seed = 0;
  std::optional<std::uint8_t> host_shape;  // position in HostShapes()
};

// Reads `text` into spec.gpus. Checks the models against spec.driver, or raises that version.
// Returns an empty string, or the problem.
std::string ParseMachineSpec(std::string_view text, MachineSpec& spec);

}  // namespace migsim

#endif  // MIG_SIMULATOR_MODEL_MACHINE_SPEC_H_
