// Handles that NVML has listed, in place: a look at a machine asks for a list for every profile and
// every instance.
#ifndef MIG_NVML_HANDLE_LIST_H_
#define MIG_NVML_HANDLE_LIST_H_

#include <algorithm>

#include "nvml/symbols.h"

namespace mig {

// The driver looks at no incoming count when it writes handles or placements, so the room must do
// for any GPU: NVML knows at most 16 instances, and 12 places of one profile have been seen.
constexpr unsigned int kListRoom = 64;

template <typename Handle>
class HandleList {
 public:
  // Nothing but what the driver writes is ever read.
  HandleList() {}
  HandleList(const HandleList& other) : count_(other.count_) {
    std::copy_n(other.handles_, count_, handles_);
  }
  HandleList& operator=(const HandleList&) = delete;

  // `list(handles, &count)`
  template <typename List>
  Status Fill(List list) {
    unsigned int count = kListRoom;
    const Status status = list(handles_, &count);
    count_ = status.ok() ? std::min(count, kListRoom) : 0;
    return status;
  }

  unsigned int size() const { return count_; }
  const Handle* begin() const { return handles_; }
  const Handle* end() const { return handles_ + count_; }

 private:
  unsigned int count_ = 0;
  Handle handles_[kListRoom];
};

}  // namespace mig

#endif  // MIG_NVML_HANDLE_LIST_H_
