// One GPU with everything in it: its MIG mode, its profiles, its instances.
#ifndef MIG_ADDON_GPU_READER_H_
#define MIG_ADDON_GPU_READER_H_

#include "addon/snapshot.h"

namespace mig {

// Fills in the rest of a snapshot that has the GPU's UUID and identity. The status says why the
// rest is missing.
Status ReadGpuContent(Session& session, abi::nvmlDevice_t gpu, GpuSnapshot& snapshot);

}  // namespace mig

#endif  // MIG_ADDON_GPU_READER_H_
