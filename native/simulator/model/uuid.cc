#include "simulator/model/uuid.h"

namespace migsim {
namespace {

// The finisher of SplitMix64 (Steele, Lea, Flood 2014): every input bit reaches every output bit.
constexpr std::uint64_t Mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

constexpr std::size_t kHyphenPlaces[] = {8, 13, 18, 23};

// The position of each byte's first digit in the text.
constexpr std::size_t kBytePlaces[] = {0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};

// The value of each character; the high nibble is not 0 for a character that is no digit.
constexpr auto kDigitValues = [] {
  std::array<std::uint8_t, 256> values;
  values.fill(0xF0);
  for (std::uint8_t digit = 0; digit < 10; ++digit) values['0' + digit] = digit;
  for (std::uint8_t digit = 10; digit < 16; ++digit) {
    values['a' + digit - 10] = digit;
    values['A' + digit - 10] = digit;
  }
  return values;
}();

constexpr unsigned DigitValue(char c) { return kDigitValues[static_cast<unsigned char>(c)]; }

}  // namespace

UuidBytes DeriveUuid(std::initializer_list<std::uint64_t> words) {
  constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15ull;
  std::uint64_t halves[2] = {Mix(kGolden), Mix(2 * kGolden)};
  for (const std::uint64_t word : words) {
    halves[0] = Mix(halves[0] + kGolden + word);
    halves[1] = Mix((halves[1] ^ word) + kGolden);
  }
  UuidBytes uuid;
  for (std::size_t i = 0; i < 16; ++i) {
    uuid.bytes[i] = static_cast<std::uint8_t>(halves[i / 8] >> (8 * (i % 8)));
  }
  uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0F) | 0x50);  // version 5
  uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3F) | 0x80);  // RFC 4122 variant
  return uuid;
}

void WriteUuid(const UuidBytes& uuid, char (&text)[kUuidTextSize]) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (const std::size_t place : kHyphenPlaces) text[place] = '-';
  for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
    text[kBytePlaces[i]] = kDigits[uuid.bytes[i] >> 4];
    text[kBytePlaces[i] + 1] = kDigits[uuid.bytes[i] & 0x0F];
  }
  text[kUuidTextSize - 1] = '\0';
}

std::optional<UuidBytes> ParseUuid(std::string_view text) {
  if (text.size() != kUuidTextSize - 1) return std::nullopt;
  for (const std::size_t place : kHyphenPlaces) {
    if (text[place] != '-') return std::nullopt;
  }
  UuidBytes uuid = {};
  unsigned seen = 0;
  for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
    const unsigned high = DigitValue(text[kBytePlaces[i]]);
    const unsigned low = DigitValue(text[kBytePlaces[i] + 1]);
    seen |= high | low;
    uuid.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  if (seen > 0x0F) return std::nullopt;
  return uuid;
}

}  // namespace migsim
