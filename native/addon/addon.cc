#include "addon/addon.h"

#include <dlfcn.h>

namespace mig {
namespace {

// Node unloads an addon with the last worker that has loaded it. A thread that waits for a lock
// would then return into nothing, and the sessions of this process would be forgotten.
void StayInMemory() {
  Dl_info self;
  if (dladdr(reinterpret_cast<void*>(&StayInMemory), &self) != 0)
    dlopen(self.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

}  // namespace

Addon::Addon(Napi::Env, Napi::Object exports) {
  StayInMemory();
#define MIG_EXPORT(name, method) InstanceMethod<&Addon::method>(name, napi_enumerable)
  DefineAddon(exports, {
                           MIG_EXPORT("open", Open),
                           MIG_EXPORT("close", Close),
                           MIG_EXPORT("resetGpu", ResetGpu),
                           MIG_EXPORT("callCounts", CallCountsOf),
                           MIG_EXPORT("runningCalls", RunningCallsOf),

                           MIG_EXPORT("watchEvents", WatchEvents),
                           MIG_EXPORT("stopWatchingEvents", StopWatchingEvents),

                           MIG_EXPORT("tryLock", TryLock),
                           MIG_EXPORT("waitForLock", WaitForLock),
                           MIG_EXPORT("stopWaiting", StopWaiting),
                           MIG_EXPORT("releaseLock", ReleaseLock),

                           MIG_EXPORT("hasReader", HasReader),
                       });
#undef MIG_EXPORT
  ExportSnapshotCalls(exports);
  ExportGpuCalls(exports);
  ExportMigCalls(exports);
  ExportComputeCalls(exports);
}

}  // namespace mig

using MigAddon = mig::Addon;
NODE_API_ADDON(MigAddon)
