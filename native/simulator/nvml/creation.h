// Common parts of creating a GPU instance and a compute instance.
#ifndef MIG_SIMULATOR_NVML_CREATION_H_
#define MIG_SIMULATOR_NVML_CREATION_H_

#include <optional>

#include "simulator/model/span.h"
#include "simulator/store/journal.h"

namespace migsim {

// Null: the driver chooses. An impossible span becomes one that matches no placement.
template <typename Placement>
std::optional<Span> ToSpan(const Placement* placement) {
  if (placement == nullptr) return std::nullopt;
  if (placement->start > 0xFF || placement->size > 0xFF) return Span{0, 0};
  return Span{static_cast<std::uint8_t>(placement->start),
              static_cast<std::uint8_t>(placement->size)};
}

template <typename Placement>
JournalRecord CreationRequest(unsigned profile_id, const Placement* placement) {
  JournalRecord request;
  request.profile_id = profile_id;
  if (placement != nullptr) {
    request.start = placement->start;
    request.size = placement->size;
  }
  return request;
}

inline JournalRecord CreationRequest(unsigned profile_id) {
  JournalRecord request;
  request.profile_id = profile_id;
  return request;
}

// Records the place that the instance got.
inline void RecordPlace(JournalRecord& record, Span place) {
  record.start = place.start;
  record.size = place.size;
}

}  // namespace migsim

#endif  // MIG_SIMULATOR_NVML_CREATION_H_
