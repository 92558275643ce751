// A writer of JSON, with as much of JSON as a snapshot needs.
#ifndef MIG_ADDON_CONVERSION_JSON_TEXT_H_
#define MIG_ADDON_CONVERSION_JSON_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mig {

// The text comes in many short pieces, and std::string::append would be a call for each.
class JsonText {
 public:
  explicit JsonText(std::size_t expected_length) { Grow(expected_length); }
  JsonText(const JsonText&) = delete;
  JsonText& operator=(const JsonText&) = delete;

  // A literal is syntax, and is copied unchanged.
  template <std::size_t size>
  JsonText& operator<<(const char (&syntax)[size]) {
    std::memcpy(Extend(size - 1), syntax, size - 1);
    return *this;
  }
  JsonText& operator<<(std::uint64_t number) {
    if (number >= 10) return WriteLong(number);
    *Extend(1) = static_cast<char>('0' + number);
    return *this;
  }
  JsonText& operator<<(unsigned int number) { return *this << std::uint64_t{number}; }
  // In quotes, escaped.
  JsonText& operator<<(std::string_view text);

  template <typename T>
  JsonText& operator<<(const std::optional<T>& value) {
    return value ? *this << *value : *this << "null";
  }

  template <typename T>
  JsonText& operator<<(const std::vector<T>& values) {
    *this << "[";
    bool first = true;
    for (const T& value : values) {
      if (!first) *this << ",";
      first = false;
      *this << value;
    }
    return *this << "]";
  }

  // Ends the text.
  std::string Take() {
    buffer_.resize(static_cast<std::size_t>(next_ - buffer_.data()));
    return std::move(buffer_);
  }

 private:
  char* Extend(std::size_t more) {
    if (static_cast<std::size_t>(end_ - next_) < more) Grow(more);
    return std::exchange(next_, next_ + more);
  }
  void Grow(std::size_t more);
  JsonText& WriteLong(std::uint64_t number);

  std::string buffer_;
  char* next_ = buffer_.data();
  char* end_ = next_;
};

}  // namespace mig

#endif  // MIG_ADDON_CONVERSION_JSON_TEXT_H_
