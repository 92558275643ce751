// Room for more elements than any driver writes, filled with a pattern: how far a call wrote is
// where the pattern is gone. That is how one learns whether a call keeps to the count it was given.
#ifndef MIG_DEVICE_PROBE_GUARDED_H_
#define MIG_DEVICE_PROBE_GUARDED_H_

#include <cstddef>
#include <cstring>

namespace migprobe {

template <typename Element>
class Guarded {
 public:
  static constexpr unsigned kRoom = 256;

  Guarded() { std::memset(bytes_, kPattern, sizeof(bytes_)); }

  Element* data() { return reinterpret_cast<Element*>(bytes_); }
  const Element& operator[](std::size_t at) const {
    return reinterpret_cast<const Element*>(bytes_)[at];
  }

  // Exact where no value ends in the pattern. Numbers and addresses end in 0 (little-endian), and
  // the handles of the simulated driver in 0xA5.
  unsigned bytes_written() const {
    std::size_t end = sizeof(bytes_);
    while (end > 0 && bytes_[end - 1] == kPattern) --end;
    return static_cast<unsigned>(end);
  }

 private:
  static constexpr unsigned char kPattern = 0x6B;

  alignas(Element) unsigned char bytes_[kRoom * sizeof(Element)];
};

}  // namespace migprobe

#endif  // MIG_DEVICE_PROBE_GUARDED_H_
