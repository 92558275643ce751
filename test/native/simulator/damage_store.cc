// Damages a machine in a file in one way. Arguments: the file, the damage.
#include <fcntl.h>
#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "simulator/store/layout.h"

using namespace migsim;

namespace {

Store* store;

template <typename Content>
Content& Live(Section<Content>& section, unsigned number) {
  return section.copies[(store->commit_word.load() >> number) & 1];
}

GpuState& Gpu(unsigned index) { return Live(store->gpus[index], index); }

SimProcess& FirstProcess() { return Live(store->processes, kProcessesBit).entries[0]; }

void SetByte(const void* at, unsigned char value) { std::memcpy(const_cast<void*>(at), &value, 1); }

const std::map<std::string, std::function<void()>> kDamages = {
    {"nothing", [] {}},
    // Ids on an A100: 9 is the place 2:1, 10 the place 3:1. The first GPU has 2g at 2:2 (id 4),
    // 1g+me at 0:1 (id 7) and 1g at 1:1 (id 8).
    {"overlap",
     [] {
       Gpu(0).instances[9] = Gpu(0).instances[8];
       Gpu(0).instances[9].place.start = 2;
     }},
    {"id", [] { std::swap(Gpu(0).instances[8], Gpu(0).instances[9]); }},
    {"count", [] { Gpu(0).instances[8].profile = Gpu(0).instances[7].profile; }},
    {"engines", [] { Gpu(1).instances[2] = Gpu(2).instances[2]; }},
    {"compute-overlap",
     [] {
       ComputeInstance(&slots)[kComputeInstanceSlots] = Gpu(0).instances[4].compute_instances;
       slots[1] = slots[0];
     }},
    {"mode", [] { Gpu(0).mig_enabled = Gpu(0).mig_pending = false; }},
    {"capability", [] { Gpu(3).mig_enabled = Gpu(3).mig_pending = true; }},
    {"bool", [] { SetByte(&Gpu(0).lost, 2); }},
    {"minor", [] { Gpu(0).minor = Gpu(1).minor; }},
    {"removed", [] { Gpu(0).removed = true; }},
    {"process-kind", [] { FirstProcess().kind = static_cast<ProcessKind>(4); }},
    {"process-place", [] { FirstProcess().compute_instance = 5; }},
    {"process-slot", [] { FirstProcess().gpu_instance = 4711; }},
    {"fault",
     [] {
       Fault& fault = Live(store->controls, kControlsBit).faults[0];
       std::memset(fault.function, 'n', sizeof fault.function);
     }},
    {"ledger", [] { Live(store->ledger, kLedgerBit).last_record = ~0ull; }},
    {"host", [] { store->header.host_shape = 4; }},
    {"host-room", [] { store->header.gpu_count = 9; }},
    {"driver", [] { store->header.driver.branch = 418; }},
#ifdef __GLIBC__
    {"lock-kind", [] { store->mutex.__data.__kind = 77; }},
    {"lock-held", [] { store->mutex.__data.__lock = 1; }},
    {"lock-lost", [] { store->mutex.__data.__owner = 0x7FFFFFFE; }},
#endif
};

}  // namespace

int main(int, char** arguments) {
  const int file = open(arguments[1], O_RDWR);
  void* memory = mmap(nullptr, sizeof(Store), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) return 2;
  store = static_cast<Store*>(memory);
  kDamages.at(arguments[2])();
}
