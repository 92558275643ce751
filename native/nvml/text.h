// Text that NVML writes into a buffer.
#ifndef MIG_NVML_TEXT_H_
#define MIG_NVML_TEXT_H_

#include <cstring>
#include <string>
#include <string_view>

#include "nvml/symbols.h"

namespace mig {

// Up to the zero, or the whole buffer if a driver has written none.
template <std::size_t size>
std::string Text(const char (&buffer)[size]) {
  return std::string(buffer, strnlen(buffer, size));
}

// Text stored in place, for frequent texts: an allocation can cost as much as the call.
template <std::size_t size>
struct TextBuffer {
  char characters[size] = {};

  TextBuffer() = default;
  // Cuts a text that is longer than NVML's own buffer.
  explicit TextBuffer(std::string_view text) { text.copy(characters, size); }

  std::string_view view() const { return {characters, strnlen(characters, size)}; }
};

// For the functions whose last arguments are a buffer and its length.
template <std::size_t size, typename Function, typename... Args>
Outcome<TextBuffer<size>> ReadTextBuffer(const Symbol<Function>& function, Args... args) {
  Outcome<TextBuffer<size>> text;
  text.status = function(args..., text.value.characters, static_cast<unsigned int>(size));
  return text;
}

template <std::size_t size, typename Function, typename... Args>
Outcome<std::string> ReadText(const Symbol<Function>& function, Args... args) {
  const auto text = ReadTextBuffer<size>(function, args...);
  if (!text.ok()) return text.status;
  return std::string(text.value.view());
}

}  // namespace mig

#endif  // MIG_NVML_TEXT_H_
