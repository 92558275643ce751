// Where an instance goes when its creator chooses no place: to the free span that takes the fewest
// currently possible (profile, span) pairs away from all profiles. For compute instances at aligned
// slots this is the rule of open-gpu-kernel-modules, kmigmgrGetFreeCTSId. Closed firmware places
// GPU instances; the same rule reproduces the published sequences of nvidia-smi.
#ifndef MIG_SIMULATOR_MODEL_PLACEMENT_CHOICE_H_
#define MIG_SIMULATOR_MODEL_PLACEMENT_CHOICE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <tuple>

#include "simulator/model/span.h"

namespace migsim {

// `places(profile)`: the spans of a profile.
template <typename Profile, typename Places>
unsigned PlacementCost(std::span<const Profile> profiles, std::uint32_t occupied, Span place,
                       Places places) {
  unsigned cost = 0;
  for (const Profile& profile : profiles) {
    for (const Span other : places(profile)) {
      const bool possible = (other.mask() & occupied) == 0;
      if (possible && (other.mask() & place.mask()) != 0) ++cost;
    }
  }
  return cost;
}

// `rank` orders spans before the cost, `tie` orders spans of equal cost; lower comes first.
template <typename Profile, typename Places, typename Rank, typename Tie>
std::optional<Span> ChoosePlacement(std::span<const Profile> profiles, std::uint32_t occupied,
                                    const Profile& wanted, Places places, Rank rank, Tie tie) {
  std::optional<Span> best;
  std::tuple<unsigned, unsigned, unsigned> best_key;
  for (const Span place : places(wanted)) {
    if ((place.mask() & occupied) != 0) continue;
    const std::tuple<unsigned, unsigned, unsigned> key{
        rank(place), PlacementCost(profiles, occupied, place, places), tie(place)};
    if (!best || key < best_key) {
      best = place;
      best_key = key;
    }
  }
  return best;
}

}  // namespace migsim

#endif  // MIG_SIMULATOR_MODEL_PLACEMENT_CHOICE_H_
