#include "addon/conversion/json_text.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace mig {
namespace {

constexpr bool NeedsEscape(unsigned char c) { return (c < 0x20) | (c == '"') | (c == '\\'); }

// Reads the whole text, so that compilers can test many characters at once.
bool NeedsEscape(std::string_view text) {
  unsigned char any = 0;
  for (const char c : text) any |= NeedsEscape(static_cast<unsigned char>(c));
  return any != 0;
}

}  // namespace

void JsonText::Grow(std::size_t more) {
  const auto length = static_cast<std::size_t>(next_ - buffer_.data());
  buffer_.resize(std::max(2 * buffer_.size(), length + more));
  next_ = buffer_.data() + length;
  end_ = buffer_.data() + buffer_.size();
}

JsonText& JsonText::WriteLong(std::uint64_t number) {
  constexpr std::size_t kMostDigits = std::numeric_limits<std::uint64_t>::digits10 + 1;
  char* const digits = Extend(kMostDigits);
  next_ = std::to_chars(digits, digits + kMostDigits, number).ptr;
  return *this;
}

JsonText& JsonText::operator<<(std::string_view text) {
  *this << "\"";
  if (!NeedsEscape(text)) {
    std::memcpy(Extend(text.size()), text.data(), text.size());
    return *this << "\"";
  }
  constexpr char kHex[] = "0123456789abcdef";
  for (const char c : text) {
    if (!NeedsEscape(static_cast<unsigned char>(c))) {
      *Extend(1) = c;
      continue;
    }
    *this << "\\u00";
    *Extend(1) = kHex[static_cast<unsigned char>(c) >> 4];
    *Extend(1) = kHex[c & 0xf];
  }
  return *this << "\"";
}

}  // namespace mig
