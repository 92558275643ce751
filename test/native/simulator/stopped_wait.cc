// A client stops for longer than it would wait for the lock, and then continues: the holder of the
// lock may have stopped, too. Exits with 0 when the client gets the lock in the end.
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "simulator/store/lock.h"

namespace {

constexpr unsigned kTimeoutMs = 2000;

char StateOf(pid_t pid) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/stat", static_cast<int>(pid));
  std::FILE* file = std::fopen(path, "r");
  if (file == nullptr) std::abort();
  char state = 0;
  if (std::fscanf(file, "%*d (%*[^)]) %c", &state) != 1) std::abort();
  std::fclose(file);
  return state;
}

// Asleep, stopped or dead: in any case it does not run.
void AwaitState(pid_t pid, char wanted) {
  for (char state = StateOf(pid); state != wanted && state != 'Z'; state = StateOf(pid)) {
    const timespec moment = {0, 1'000'000};
    nanosleep(&moment, nullptr);
  }
}

}  // namespace

int main() {
  void* memory = mmap(nullptr, sizeof(pthread_mutex_t), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 2;
  auto& mutex = *static_cast<pthread_mutex_t*>(memory);
  migsim::MakeLock(mutex);
  if (!migsim::LockWithin(mutex, kTimeoutMs)) return 2;

  const pid_t client = fork();
  if (client < 0) return 2;
  if (client == 0) _exit(migsim::LockWithin(mutex, kTimeoutMs) ? 0 : 1);
  AwaitState(client, 'S');
  kill(client, SIGSTOP);
  AwaitState(client, 'T');
  const timespec longer = {kTimeoutMs / 1000 + 1, 0};
  nanosleep(&longer, nullptr);
  kill(client, SIGCONT);
  AwaitState(client, 'S');
  migsim::Unlock(mutex);
  int status = 0;
  waitpid(client, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
