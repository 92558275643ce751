#include "simulator/model/uuid.h"

namespace migsim {
namespace {

// The finisher of SplitMix64 (Steele, Lea, Flood 2014): every input bit reaches every output bit.
constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

constexpr bool is_hyphen_place(std::size_t place) {
  return place == 8 || place == 13 || place == 18 || place == 23;
}

constexpr int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Uuid derive_uuid(std::initializer_list<std::uint64_t> words) {
  constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15ull;
  std::uint64_t halves[2] = {mix(kGolden), mix(2 * kGolden)};
  for (const std::uint64_t word : words) {
    halves[0] = mix(halves[0] + kGolden + word);
    halves[1] = mix((halves[1] ^ word) + kGolden);
  }
  Uuid uuid;
  for (std::size_t i = 0; i < 16; ++i) {
    uuid.bytes[i] = static_cast<std::uint8_t>(halves[i / 8] >> (8 * (i % 8)));
  }
  uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0F) | 0x50);  // version 5
  uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3F) | 0x80);  // RFC 4122 variant
  return uuid;
}

void write_uuid(const Uuid& uuid, char (&text)[kUuidTextSize]) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::size_t digit = 0;
  for (std::size_t place = 0; place + 1 < kUuidTextSize; ++place) {
    if (is_hyphen_place(place)) {
      text[place] = '-';
      continue;
    }
    const std::uint8_t byte = uuid.bytes[digit / 2];
    text[place] = kDigits[digit % 2 == 0 ? byte >> 4 : byte & 0x0F];
    ++digit;
  }
  text[kUuidTextSize - 1] = '\0';
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != kUuidTextSize - 1) return std::nullopt;
  Uuid uuid = {};
  std::size_t digit = 0;
  for (std::size_t place = 0; place < text.size(); ++place) {
    if (is_hyphen_place(place)) {
      if (text[place] != '-') return std::nullopt;
      continue;
    }
    const int value = digit_value(text[place]);
    if (value < 0) return std::nullopt;
    std::uint8_t& byte = uuid.bytes[digit / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | value);
    ++digit;
  }
  return uuid;
}

}  // namespace migsim
