// Differences between drivers that a MIG client can see. Sources: NVML change log; the versions of
// nvml.h in NVIDIA/nvidia-settings by driver tag; MIG User Guide.
#ifndef MIG_SIMULATOR_MODEL_DRIVER_FEATURES_H_
#define MIG_SIMULATOR_MODEL_DRIVER_FEATURES_H_

#include "simulator/model/driver_version.h"

namespace migsim {

inline constexpr DriverVersion kFirstMigUuids{465, 19, 1};
inline constexpr DriverVersion kFirstUnprivilegedProfileQueries{510, 39, 1};
inline constexpr DriverVersion kFirstFourAndThreeSlices{510, 39, 1};
inline constexpr DriverVersion kFirstReservedMemoryApart{510, 39, 1};
inline constexpr DriverVersion kFirstGpuNotFound{545, 23, 6};  // nvmlInit without a GPU
inline constexpr DriverVersion kFirstProfileInfoV3{545, 23, 6};
inline constexpr DriverVersion kFirstQueriesWithMigOff{550, 40, 7};

namespace driver_features_internal {

struct ProfileCount {
  DriverVersion first;
  unsigned count;
};

inline constexpr ProfileCount kGpuProfiles[] = {
    {{450, 51, 0}, 5},  {{455, 23, 4}, 6},   {{460, 32, 3}, 7},   {{470, 42, 1}, 8},
    {{525, 53, 0}, 10}, {{570, 86, 16}, 13}, {{570, 169, 0}, 17}, {{595, 58, 3}, 18},
};
inline constexpr ProfileCount kComputeProfiles[] = {
    {{450, 51, 0}, 5}, {{455, 23, 4}, 6}, {{460, 32, 3}, 7}, {{525, 53, 0}, 8}, {{610, 43, 2}, 9},
};

template <std::size_t N>
constexpr unsigned CountFor(const ProfileCount (&table)[N], DriverVersion driver) {
  unsigned count = table[0].count;
  for (const ProfileCount& entry : table) {
    if (driver >= entry.first) count = entry.count;
  }
  return count;
}

}  // namespace driver_features_internal

// How many profile indexes the driver knows. Later indexes are invalid arguments; known ones that a
// GPU lacks are not supported.
constexpr unsigned KnownGpuProfiles(DriverVersion driver) {
  return driver_features_internal::CountFor(driver_features_internal::kGpuProfiles, driver);
}
constexpr unsigned KnownComputeProfiles(DriverVersion driver) {
  return driver_features_internal::CountFor(driver_features_internal::kComputeProfiles, driver);
}

// From 535.43.02 to 535.86.05 the third version of the process lists wrote 32
// bytes per process; 535.98 withdrew it, and 535.104.05 brought it back
// with 24.
constexpr bool WideProcessRecords(DriverVersion driver) {
  return driver >= DriverVersion{535, 43, 2} && driver <= DriverVersion{535, 86, 5};
}
constexpr bool ThirdProcessListsWithdrawn(DriverVersion driver) {
  return driver > DriverVersion{535, 86, 5} && driver < DriverVersion{535, 104, 5};
}

// 450.80.02 added the second version of the compute instance info; the first releases of R455 lack
// it.
constexpr bool SecondComputeInstanceInfoMissing(DriverVersion driver) {
  return driver.branch == 455 && driver.minor <= 28;
}

// Field 199 of nvmlDeviceGetFieldValues had the number 200 in these branches.
constexpr bool QueryFieldIs200(DriverVersion driver) {
  return driver.branch == 555 || driver.branch == 560 || driver.branch == 565;
}

}  // namespace migsim

#endif  // MIG_SIMULATOR_MODEL_DRIVER_FEATURES_H_
