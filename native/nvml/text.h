// Text that NVML writes into a buffer.
#ifndef MIG_NVML_TEXT_H_
#define MIG_NVML_TEXT_H_

#include <cstring>
#include <string>

#include "nvml/symbols.h"

namespace mig {

// Up to the zero, or all of it where a driver has left none.
template <std::size_t size>
std::string Text(const char (&buffer)[size]) {
  return std::string(buffer, strnlen(buffer, size));
}

// For the functions whose last arguments are a buffer and its length.
template <std::size_t size, typename Function, typename... Args>
Outcome<std::string> ReadText(const Symbol<Function>& function, Args... args) {
  char buffer[size] = {};
  const Status status = function(args..., buffer, static_cast<unsigned int>(size));
  if (!status.ok()) return status;
  return Text(buffer);
}

}  // namespace mig

#endif  // MIG_NVML_TEXT_H_
