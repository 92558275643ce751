// Any file is refused as a machine, or is a machine that clients can use. The input modifies a
// sound file, because few other inputs pass the check of its size: records of six bytes, a position
// and its content. The lock stays unchanged: a client waits for one that seems held.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "simulator/store/layout.h"
#include "sound_machine.h"

namespace {

constexpr std::size_t kRecordSize = 6;
constexpr std::size_t kPlaceSize = 4;
constexpr std::size_t kRings = offsetof(migsim::Store, events);

struct StoreFile {
  int descriptor = memfd_create("store", MFD_CLOEXEC);
  std::string path = "/proc/self/fd/" + std::to_string(descriptor);
  std::vector<std::byte> sound;
};

std::vector<std::byte> MakeSound() {
  const std::string path = "/tmp/mig-nvml-fuzz-" + std::to_string(getpid());
  const unsigned machine = fuzz::MakeMachine("2x A100-SXM4-40GB, A30, H100-80GB-SXM, T4", path);
  fuzz::Use(machine);
  fuzz::RunAll(*migsim::PinnedMachine(machine));
  fuzz::Must(migsim::CloseMachine(machine));
  std::vector<std::byte> bytes(sizeof(migsim::Store));
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  fuzz::Must(read(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  close(file);
  unlink(path.c_str());
  return bytes;
}

bool IsLock(std::size_t place) {
  constexpr std::size_t begin = offsetof(migsim::Store, mutex);
  return place >= begin && place < begin + sizeof(pthread_mutex_t);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const StoreFile& file = *new StoreFile{.sound = MakeSound()};
  std::vector<std::byte> bytes = file.sound;
  for (; size >= kRecordSize; data += kRecordSize, size -= kRecordSize) {
    std::uint32_t place;
    std::memcpy(&place, data, kPlaceSize);
    // Most of the file is rings of events and calls, so half of the positions are before them.
    place = place % 2 == 0 ? place / 2 % kRings : place / 2 % (bytes.size() - 1);
    for (std::size_t i = 0; i < kRecordSize - kPlaceSize; ++i)
      if (!IsLock(place + i)) bytes[place + i] = std::byte{data[kPlaceSize + i]};
  }
  fuzz::Must(pwrite(file.descriptor, bytes.data(), bytes.size(), 0) ==
             static_cast<ssize_t>(bytes.size()));
  const migsim::OpenedMachine opened = migsim::OpenMachine(file.path);
  if (opened.number == 0) return 0;
  fuzz::Use(opened.number);
  fuzz::RunAll(*migsim::PinnedMachine(opened.number));
  fuzz::Use(opened.number);
  migsim::CloseMachine(opened.number);
  return 0;
}
