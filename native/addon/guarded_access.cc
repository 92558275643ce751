#include "addon/guarded_access.h"

#include <csetjmp>
#include <csignal>
#include <mutex>

namespace mig {
namespace {

// Never destroyed: threads may still run when the process ends.
std::mutex& access_mutex = *new std::mutex;
struct sigaction former_action;
// Where the access of this thread continues after a SIGBUS; null outside of one. Volatile, because
// the handler reads it in the middle of the access.
thread_local sigjmp_buf* volatile way_out = nullptr;

void LeaveAccess(int signal, siginfo_t* info, void* context) {
  if (way_out != nullptr) siglongjmp(*way_out, 1);
  if ((former_action.sa_flags & SA_SIGINFO) != 0) {
    former_action.sa_sigaction(signal, info, context);
  } else if (former_action.sa_handler != SIG_DFL && former_action.sa_handler != SIG_IGN) {
    former_action.sa_handler(signal);
  } else {
    // The instruction faults again, now without this handler.
    sigaction(SIGBUS, &former_action, nullptr);
  }
}

// Calls a function that makes one access. No object with a destructor may live between the jump and
// its target, so the function is a plain one.
bool Guarded(void (*access)(void*), void* argument) {
  const std::lock_guard guard(access_mutex);
  struct sigaction action = {};
  action.sa_sigaction = LeaveAccess;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGBUS, &action, &former_action) != 0) return false;
  sigjmp_buf target;
  volatile bool done = false;
  if (sigsetjmp(target, 1) == 0) {
    way_out = &target;
    access(argument);
    done = true;
  }
  way_out = nullptr;
  sigaction(SIGBUS, &former_action, nullptr);
  return done;
}

struct ReadArgument {
  const volatile std::uint32_t* word;
  std::uint32_t value;
};

struct WriteArgument {
  volatile std::uint32_t* word;
  std::uint32_t value;
};

}  // namespace

bool GuardedRead(const volatile std::uint32_t* word, std::uint32_t* value) {
  ReadArgument argument{word, 0};
  const bool done = Guarded(
      [](void* data) {
        auto* const read = static_cast<ReadArgument*>(data);
        read->value = *read->word;
      },
      &argument);
  if (done) *value = argument.value;
  return done;
}

bool GuardedWrite(volatile std::uint32_t* word, std::uint32_t value) {
  WriteArgument argument{word, value};
  return Guarded(
      [](void* data) {
        const auto* const write = static_cast<WriteArgument*>(data);
        *write->word = write->value;
      },
      &argument);
}

}  // namespace mig
