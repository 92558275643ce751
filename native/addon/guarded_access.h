// Accesses to mapped memory that may vanish: the kernel ends the map of a device that is removed,
// and every later access raises SIGBUS, which would end the process.
#ifndef MIG_ADDON_GUARDED_ACCESS_H_
#define MIG_ADDON_GUARDED_ACCESS_H_

#include <cstdint>

namespace mig {

// False: the memory is not there any more. One access at a time in the whole process; SIGBUS of
// other threads goes where it went before.
bool GuardedRead(const volatile std::uint32_t* word, std::uint32_t* value);
bool GuardedWrite(volatile std::uint32_t* word, std::uint32_t value);

}  // namespace mig

#endif  // MIG_ADDON_GUARDED_ACCESS_H_
