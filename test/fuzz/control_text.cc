// Any text in the control language is run or refused, and clients can still use the machine. Each
// line is a command.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sound_machine.h"

namespace {

// Commands that write files are skipped: an input could name any file.
bool WritesFiles(std::string_view line) {
  for (const std::string_view word : {"store", "root-tree", "folder"})
    if (line.find(word) != std::string_view::npos) return true;
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const unsigned number = fuzz::MakeMachine("A100-SXM4-40GB, H100-80GB-SXM");
  fuzz::Use(number);
  {
    const migsim::PinnedMachine machine(number);
    std::size_t begin = 0;
    while (begin < text.size()) {
      std::size_t end = text.find('\n', begin);
      if (end == std::string_view::npos) end = text.size();
      const std::string_view line = text.substr(begin, end - begin);
      if (!WritesFiles(line)) migsim::RunOnMachine(*machine, line);
      begin = end + 1;
    }
    fuzz::RunAll(*machine);
  }
  fuzz::Use(number);
  fuzz::Must(migsim::CloseMachine(number));
  return 0;
}
