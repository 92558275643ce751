// Handles that NVML has listed, stored in place: a read of a machine needs a list for every profile
// and every instance.
#ifndef MIG_NVML_HANDLE_LIST_H_
#define MIG_NVML_HANDLE_LIST_H_

#include <algorithm>

#include "nvml/bounds.h"
#include "nvml/symbols.h"

namespace mig {

template <typename Handle>
class HandleList {
 public:
  HandleList() = default;
  HandleList(const HandleList& other) : count_(other.count_) {
    std::copy_n(other.handles_, count_, handles_);
  }
  HandleList& operator=(const HandleList&) = delete;

  // `list(handles, &count)`
  template <typename List>
  Status Fill(List list) {
    unsigned int count = kListRoom;
    const Status listed = list(handles_, &count);
    const Status status = CheckCount(listed, "instances", count, kListRoom);
    count_ = status.ok() ? count : 0;
    return status;
  }

  unsigned int size() const { return count_; }
  const Handle* begin() const { return handles_; }
  const Handle* end() const { return handles_ + count_; }

 private:
  unsigned int count_ = 0;
  // Null where a driver writes fewer than it counts: NVML refuses such a handle.
  Handle handles_[kListRoom] = {};
};

}  // namespace mig

#endif  // MIG_NVML_HANDLE_LIST_H_
