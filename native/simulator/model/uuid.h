// UUIDs in the driver's format: version 5, derived from the identity of their object.
#ifndef MIG_SIMULATOR_MODEL_UUID_H_
#define MIG_SIMULATOR_MODEL_UUID_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace migsim {

inline constexpr std::size_t kUuidTextSize = 37;  // with its final zero

struct UuidBytes {
  std::array<std::uint8_t, 16> bytes;

  friend bool operator==(const UuidBytes&, const UuidBytes&) = default;
};

// The same words always give the same UUID.
UuidBytes DeriveUuid(std::initializer_list<std::uint64_t> words);

void WriteUuid(const UuidBytes& uuid, char (&text)[kUuidTextSize]);

// 36 characters, hexadecimal digits in either case.
std::optional<UuidBytes> ParseUuid(std::string_view text);

}  // namespace migsim

#endif  // MIG_SIMULATOR_MODEL_UUID_H_
