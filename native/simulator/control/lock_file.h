// The lock file by which writers of a private machine exclude each other. It has no name, so
// nothing is left behind however the process ends.
#ifndef MIG_SIMULATOR_CONTROL_LOCK_FILE_H_
#define MIG_SIMULATOR_CONTROL_LOCK_FILE_H_

#include <string>

namespace migsim {

// A path that only this process can open, the same for one machine until DropLockFile. Empty when
// the system refuses it.
std::string LockFileOf(unsigned machine);
void DropLockFile(unsigned machine);

}  // namespace migsim

#endif  // MIG_SIMULATOR_CONTROL_LOCK_FILE_H_
