// Reasons to refuse a file as a machine. Both return an empty string for a good one, otherwise the
// rest of a sentence that begins with the file's name.
#ifndef MIG_SIMULATOR_STORE_SOUNDNESS_H_
#define MIG_SIMULATOR_STORE_SOUNDNESS_H_

#include <string>

#include "simulator/store/layout.h"

namespace migsim {

std::string WhyForeign(const StoreHeader& header);

// Takes the lock: only for a file that is not foreign.
std::string WhyUnsound(Store& store);

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_SOUNDNESS_H_
