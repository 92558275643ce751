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

  // Every element ends in a byte that a real value leaves 0: the high end of a small number or of a
  // user-space address.
  unsigned bytes_written() const {
    std::size_t end = sizeof(bytes_);
    while (end > 0 && bytes_[end - 1] == kPattern) --end;
    return static_cast<unsigned>(end);
  }

 private:
  static constexpr unsigned char kPattern = 0xA5;

  alignas(Element) unsigned char bytes_[kRoom * sizeof(Element)];
};

}  // namespace migprobe

#endif  // MIG_DEVICE_PROBE_GUARDED_H_
