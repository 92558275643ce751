// The words of the control language for settings with few values.
#ifndef MIG_SIMULATOR_CONTROL_CHOICES_H_
#define MIG_SIMULATOR_CONTROL_CHOICES_H_

#include <array>
#include <span>
#include <string_view>

#include "simulator/control/command_arguments.h"
#include "simulator/model/machine_spec.h"
#include "simulator/model/processes.h"
#include "simulator/store/controls.h"

namespace migsim {

inline constexpr std::array<Choice<Privileges>, 4> kPrivilegeNames{{
    {kPrivilegeWords[3], Privileges::kAdmin},
    {kPrivilegeWords[2], Privileges::kConfig},
    {kPrivilegeWords[1], Privileges::kMonitor},
    {kPrivilegeWords[0], Privileges::kNone},
}};

inline constexpr std::array<Choice<ResetPolicy>, 3> kResetPolicyNames{{
    {"automatic", ResetPolicy::kAutomatic},
    {"manual", ResetPolicy::kManual},
    {"refused", ResetPolicy::kRefused},
}};

inline constexpr std::array<Choice<ComputePlaces>, 2> kComputePlacesNames{{
    {kComputePlacesWords[0], ComputePlaces::kCatalog},
    {kComputePlacesWords[1], ComputePlaces::kOther},
}};

inline constexpr std::array<Choice<Checks>, 2> kChecksNames{{
    {kChecksWords[0], Checks::kStrict},
    {kChecksWords[1], Checks::kLoose},
}};

inline constexpr std::array<Choice<ProcessKind>, 4> kProcessKindNames{{
    {"compute", ProcessKind::kCompute},
    {"graphics", ProcessKind::kGraphics},
    {"mps", ProcessKind::kMps},
    {"subscriber", ProcessKind::kSubscriber},
}};

inline constexpr std::array<Choice<LatencyPreset>, 3> kLatencyPresetNames{{
    {"none", LatencyPreset::kNone},
    {"a100", LatencyPreset::kA100},
    {"h100", LatencyPreset::kH100},
}};

// NVML_COMPUTEMODE_*
inline constexpr std::array<Choice<std::uint8_t>, 4> kComputeModeNames{{
    {"default", 0},
    {"exclusive-thread", 1},
    {"prohibited", 2},
    {"exclusive-process", 3},
}};

inline constexpr std::array<Choice<bool>, 2> kSwitchNames{{{"on", true}, {"off", false}}};

template <typename Value, std::size_t kCount>
constexpr std::string_view ChoiceName(const std::array<Choice<Value>, kCount>& choices,
                                      Value value) {
  for (const auto& [name, candidate] : choices) {
    if (candidate == value) return name;
  }
  return "unknown";
}

}  // namespace migsim

#endif  // MIG_SIMULATOR_CONTROL_CHOICES_H_
