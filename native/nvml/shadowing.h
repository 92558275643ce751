// Libraries that answer to a name that is not theirs.
#ifndef MIG_NVML_SHADOWING_H_
#define MIG_NVML_SHADOWING_H_

#include <optional>
#include <string>

namespace mig {

// The loader answers a bare name with any library that is loaded and has it as its soname, wherever
// that came from: a simulated driver that this process has opened by its path would from then on
// stand in for the system's driver. When that is so, this is the path that a search finds, or
// nothing with the reason in `problem`. Otherwise it is the name as it was.
std::optional<std::string> Unshadow(const std::string& name, std::string* problem);

}  // namespace mig

#endif  // MIG_NVML_SHADOWING_H_
