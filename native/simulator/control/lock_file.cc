#include "simulator/control/lock_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <map>
#include <mutex>

#include "simulator/store/fork_mutex.h"

namespace migsim {
namespace {

struct LockFiles {
  ForkMutex mutex;
  std::map<unsigned, int> descriptors;
};

// Created with the library, so that no fork can interrupt its construction. Never destroyed: other
// threads may still run while the process exits.
LockFiles& files = *new LockFiles;

}  // namespace

std::string LockFileOf(unsigned machine) {
  const std::lock_guard guard(files.mutex);
  auto known = files.descriptors.find(machine);
  if (known == files.descriptors.end()) {
    const int descriptor = memfd_create("mig-simulator-lock", MFD_CLOEXEC);
    if (descriptor < 0) return {};
    known = files.descriptors.emplace(machine, descriptor).first;
  }
  return "/proc/self/fd/" + std::to_string(known->second);
}

void DropLockFile(unsigned machine) {
  const std::lock_guard guard(files.mutex);
  const auto known = files.descriptors.find(machine);
  if (known == files.descriptors.end()) return;
  close(known->second);
  files.descriptors.erase(known);
}

}  // namespace migsim
