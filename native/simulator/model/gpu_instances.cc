#include "simulator/model/gpu_instances.h"

#include <algorithm>

#include "simulator/model/placement_choice.h"

namespace migsim {
namespace {

// NVML_GPU_INSTANCE_PROFILE_*
constexpr unsigned kOneSlice = 0;
constexpr unsigned kTwoSlices = 1;
constexpr unsigned kThreeSlices = 2;
constexpr unsigned kFourSlices = 3;
constexpr unsigned kOneSliceDoubleMemory = 9;
constexpr unsigned kSevenSlices = 4;

template <typename Visit>
void ForEachLive(const GpuView& gpu, Visit visit) {
  for (const GpuInstance& instance : gpu.state.instances) {
    if (instance.live()) visit(instance, gpu.ProfileOf(instance));
  }
}

std::uint32_t OccupiedUnits(const GpuView& gpu) {
  std::uint32_t occupied = 0;
  ForEachLive(gpu, [&](const GpuInstance& instance, const GpuProfile&) {
    occupied |= instance.place.mask();
  });
  return occupied;
}

// How many instances of the profile fit into the engines that no live instance holds.
unsigned EnginesLeftFor(const GpuView& gpu, const GpuProfile& profile) {
  unsigned enough = kGpuInstanceSlots;
  for (const auto engine : kEngines) {
    if (profile.engines.*engine == 0) continue;
    unsigned held = 0;
    ForEachLive(gpu,
                [&](const GpuInstance&, const GpuProfile& live) { held += live.engines.*engine; });
    const unsigned total = gpu.geometry().engines.*engine;
    enough = std::min(enough, held >= total ? 0 : (total - held) / (profile.engines.*engine));
  }
  return enough;
}

unsigned LiveOf(const GpuView& gpu, const GpuProfile& profile) {
  unsigned live = 0;
  ForEachLive(gpu,
              [&](const GpuInstance&, const GpuProfile& other) { live += &other == &profile; });
  return live;
}

// Drivers before R510 refuse a 4-slice beside a 3-slice instance on GPUs with seven slices.
bool RefusedPair(const GpuView& gpu, const GpuProfile& profile) {
  if (gpu.driver >= kFirstFourAndThreeSlices) return false;
  if (FindByIndex(gpu.profiles(), kSevenSlices) == nullptr) return false;
  const unsigned partner = profile.index == kFourSlices    ? kThreeSlices
                           : profile.index == kThreeSlices ? kFourSlices
                                                           : ~0u;
  bool refused = false;
  ForEachLive(gpu, [&](const GpuInstance&, const GpuProfile& live) {
    refused = refused || live.index == partner;
  });
  return refused;
}

// How many more instances all rules except that of placement allow.
unsigned AllowedMore(const GpuView& gpu, const GpuProfile& profile) {
  const unsigned live = LiveOf(gpu, profile);
  if (live >= profile.instance_count || RefusedPair(gpu, profile)) return 0;
  return std::min(profile.instance_count - live, EnginesLeftFor(gpu, profile));
}

unsigned IdIn(std::span<const GpuInstanceId> ids, Span place) {
  const auto found = std::ranges::find(ids, place, &GpuInstanceId::place);
  return found == ids.end() ? kGpuInstanceSlots : found->id;
}

// A 1-slice instance with double memory goes where a 2-slice one would go, while such a place is
// free and if it has more multiprocessors than one without (captured ids on H100 SXM, 26 and 16,
// and on GH200: 5, 3, 4). On the H100 PCIe both have 14, and it goes to start 6 (captured in
// kubernetes-sigs/dra-driver-nvidia-gpu#1018). It is inferred that the multiprocessors decide.
unsigned DoubleMemoryRank(const GpuView& gpu, const GpuProfile& profile, Span place) {
  if (profile.index != kOneSliceDoubleMemory) return 0;
  const GpuProfile* one = FindByIndex(gpu.profiles(), kOneSlice);
  if (one == nullptr || profile.multiprocessor_count <= one->multiprocessor_count) return 0;
  const GpuProfile* two = FindByIndex(gpu.profiles(), kTwoSlices);
  return two != nullptr && std::ranges::find(two->placements, place) == two->placements.end();
}

// On one captured board (MIG User Guide, A100: "-cgi 9,3g.20gb" gave id 2 at 0:4, then id 1 at 4:4)
// the first 3-slice instance went into the lower half. No other rule fits both that and the
// captures of similar boards. Other profiles have no captures there, so they go where they go
// elsewhere.
unsigned LowerHalfRank(const GpuView& gpu, const GpuProfile& profile, Span place) {
  return gpu.state.lower_half_first && profile.index == kThreeSlices && place.start != 0;
}

std::optional<Span> DriverChoice(const GpuView& gpu, const GpuProfile& profile) {
  return ChoosePlacement(
      gpu.profiles(), OccupiedUnits(gpu), profile,
      [](const GpuProfile& each) { return each.placements; },
      [&](Span place) {
        return DoubleMemoryRank(gpu, profile, place) + LowerHalfRank(gpu, profile, place);
      },
      // Boards with mirrored ids have the same order of places.
      [&](Span place) { return IdIn(gpu.geometry().instance_ids, place); });
}

}  // namespace

bool HasGpuInstances(const GpuState& gpu) {
  return std::ranges::any_of(gpu.instances, &GpuInstance::live);
}

unsigned RemainingCapacity(const GpuView& gpu, const GpuProfile& profile) {
  const std::uint32_t occupied = OccupiedUnits(gpu);
  const auto free = std::ranges::count_if(
      profile.placements, [=](Span place) { return (place.mask() & occupied) == 0; });
  return std::min(static_cast<unsigned>(free), AllowedMore(gpu, profile));
}

ModelResult CreateGpuInstance(const GpuView& gpu, GpuState& state, const ProcessTable& processes,
                              unsigned profile_id, std::optional<Span> place,
                              std::uint32_t generation, unsigned& id) {
  if (!state.mig_enabled) return ModelResult::kNotSupported;
  const GpuProfile* profile = FindById(gpu.profiles(), profile_id);
  if (profile == nullptr) return ModelResult::kInvalidArgument;
  if (place && std::ranges::find(profile->placements, *place) == profile->placements.end()) {
    return ModelResult::kInvalidArgument;
  }
  // Creating the first instance partitions the hardware, which no client may be using then.
  if (!HasGpuInstances(state) && InUse(processes, gpu.index)) return ModelResult::kInUse;
  if (AllowedMore(gpu, *profile) == 0) return ModelResult::kInsufficientResources;
  if (!place) place = DriverChoice(gpu, *profile);
  if (!place || (place->mask() & OccupiedUnits(gpu)) != 0)
    return ModelResult::kInsufficientResources;

  const Geometry& geometry = gpu.geometry();
  id = IdIn(state.halves_swapped ? geometry.instance_ids_swapped : geometry.instance_ids, *place);
  if (id >= kGpuInstanceSlots) return ModelResult::kInsufficientResources;
  GpuInstance& instance = state.instances[id];
  instance = {};
  instance.generation = generation;
  instance.profile = static_cast<std::uint8_t>(profile - geometry.profiles.data());
  instance.place = *place;
  return ModelResult::kSuccess;
}

ModelResult DestroyGpuInstance(const GpuView& gpu, GpuState& state, const ProcessTable& processes,
                               unsigned id) {
  GpuInstance& instance = state.instances[id];
  if (std::ranges::any_of(instance.compute_instances, &ComputeInstance::live)) {
    return ModelResult::kInUse;
  }
  if (InUse(processes, gpu.index, id)) return ModelResult::kInUse;
  instance = {};
  return ModelResult::kSuccess;
}

}  // namespace migsim
