// Writes JSON that test/native/addon/json-text.test.ts reads back.
#include "addon/conversion/json_text.h"

#include <cstdio>
#include <limits>

int main() {
  std::vector<std::string> texts;
  for (int character = 0; character < 0x80; ++character)
    texts.push_back(std::string("a") + static_cast<char>(character) + "b");
  texts.push_back("");
  texts.push_back("GPU \xE2\x84\xA2");
  // Longer than the whole buffer.
  texts.push_back(std::string(1000, 'x'));
  const std::vector<std::uint64_t> numbers = {
      0, 9, 10, 4294967295, 42949672960, std::numeric_limits<std::uint64_t>::max()};

  // Too short, so that the buffer grows again and again.
  mig::JsonText json(1);
  json << R"({"texts":)" << texts << R"(,"numbers":)" << numbers << R"(,"none":)"
       << std::optional<std::uint64_t>() << R"(,"nothing":)" << std::vector<unsigned int>() << "}";
  std::puts(json.Take().c_str());
}
