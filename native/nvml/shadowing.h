// Libraries that the loader takes for another library of the same name.
#ifndef MIG_NVML_SHADOWING_H_
#define MIG_NVML_SHADOWING_H_

#include <optional>
#include <string>

namespace mig {

// For a bare name, the loader returns any loaded library with that soname, wherever its file is. So
// a simulated driver that this process has opened by its path would take the place of the system's
// driver. In that case, this returns the path that a search finds, or nothing with the reason in
// `problem`. Otherwise it returns the name unchanged.
std::optional<std::string> Unshadow(const std::string& name, std::string* problem);

}  // namespace mig

#endif  // MIG_NVML_SHADOWING_H_
