// The GPU models that can be simulated, generated from catalog/mig-gpus.json,
// catalog/assumed.json and catalog/other-gpus.json at build time.
#ifndef MIG_SIMULATOR_MODEL_CATALOG_H_
#define MIG_SIMULATOR_MODEL_CATALOG_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "simulator/model/driver_version.h"
#include "simulator/model/span.h"

namespace migsim {

struct EngineCounts {
  std::uint8_t copy;
  std::uint8_t decoder;
  std::uint8_t encoder;
  std::uint8_t jpeg;
  std::uint8_t ofa;
};

// The engines of one instance or of a whole GPU. A GPU's instances together never exceed the GPU's
// own.
inline constexpr std::uint8_t EngineCounts::*kEngines[] = {
    &EngineCounts::copy, &EngineCounts::decoder, &EngineCounts::encoder, &EngineCounts::jpeg,
    &EngineCounts::ofa};

struct ComputeProfile {
  std::uint8_t index;  // argument of nvmlGpuInstanceGetComputeInstanceProfileInfo
  std::uint8_t id;     // argument of nvmlGpuInstanceCreateComputeInstance
  std::uint8_t slice_count;
  std::uint8_t instance_count;
  std::uint16_t multiprocessor_count;
  bool graphics;
  std::string_view name;             // without NVML's prefix "MIG "
  std::span<const Span> placements;  // in compute slices of the GPU instance
  // Placements under the other rule for compute instances (rule ci-places of the catalog).
  std::span<const Span> other_placements;
};

struct GpuProfile {
  std::uint8_t index;  // argument of nvmlDeviceGetGpuInstanceProfileInfo
  std::uint8_t id;     // argument of nvmlDeviceCreateGpuInstance
  std::uint8_t slice_count;
  std::uint8_t instance_count;
  std::uint16_t multiprocessor_count;
  bool peer_to_peer;
  bool graphics;
  EngineCounts engines;
  std::uint32_t memory_mib;
  std::string_view name;             // without NVML's prefix "MIG "
  std::span<const Span> placements;  // in memory units of the GPU
  std::span<const ComputeProfile> compute_profiles;
};

struct GpuInstanceId {
  Span place;
  std::uint8_t id;
};

// The common properties of all boards of one kind. A GPU without MIG has no profiles and no units.
struct Geometry {
  std::string_view key;       // in the catalog file: "a100-40gb"
  std::uint8_t architecture;  // NVML_DEVICE_ARCH_*
  std::uint32_t chip_id;      // register 0 of BAR0 (NV_PMC_BOOT_0)
  std::uint8_t compute_major;
  std::uint8_t compute_minor;
  std::uint16_t multiprocessor_count;
  std::uint32_t memory_mib;
  std::uint32_t bar1_mib;
  bool ecc;
  bool display;          // drives a screen: PCI class VGA controller instead of 3D controller
  bool aligned_compute;  // compute instances start at aligned slots, not at every slice
  std::uint8_t memory_units;
  std::uint8_t max_mig_devices;
  bool mode_change_needs_reset;
  bool mode_survives_reboot;
  DriverVersion first_driver;
  EngineCounts engines;
  std::span<const GpuProfile> profiles;
  std::span<const GpuInstanceId> instance_ids;
  std::span<const GpuInstanceId> instance_ids_swapped;  // empty: no such board is known
  // Fields of the catalog without a published value, which a rule of catalog/assumed.json fills.
  std::span<const std::string_view> assumed;
  // The table of drivers before `earlier_until`: other names and sizes of the same profiles. Null:
  // no such driver is known.
  const Geometry* earlier;
  DriverVersion earlier_until;

  bool mig_capable() const { return !profiles.empty(); }
  const Geometry& ToldBy(DriverVersion driver) const {
    return earlier != nullptr && driver < earlier_until ? *earlier : *this;
  }
};

// One product: a name and PCI ids on a geometry. If several subsystem ids are published, it has one
// of them.
struct GpuModel {
  std::string_view name;        // as nvmlDeviceGetName gives it
  std::uint32_t pci_device_id;  // device id in the upper half, vendor in the lower
  std::uint32_t pci_subsystem_id;
  // It leaves the factory in the graphics display mode, which has no MIG.
  bool ships_for_graphics;
  const Geometry* geometry;
};

// A product of the catalog with too few published facts for a simulation.
struct KnownButNotSimulated {
  std::string_view key;
  std::string_view name;
  std::string_view reason;
};

std::span<const GpuModel> GpuModels();
std::span<const KnownButNotSimulated> ModelsNotSimulated();

// Changes whenever the tables do, so that stores with other tables are refused.
std::uint64_t CatalogHash();

// Finds a model by NVML name, with or without "NVIDIA ", in any case, or by catalog key. Null for
// an unknown name and for one that several geometries share.
const GpuModel* FindGpuModel(std::string_view text);
// The catalog keys of the geometries that a text may mean: "NVIDIA H100" is the board with 94 GB
// and the one with 64 GB.
std::vector<std::string_view> KeysNamed(std::string_view text);
const KnownButNotSimulated* FindModelNotSimulated(std::string_view text);

}  // namespace migsim

#endif  // MIG_SIMULATOR_MODEL_CATALOG_H_
