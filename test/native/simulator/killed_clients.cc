// Three clients at a time change the environment's machine; each is killed at a random moment.
// Arguments: number of rounds. Prints how many were killed during changes.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

#include "random_changes.h"

namespace {

constexpr unsigned kMostChanges = 400;

// Returns once the client has begun to change something.
pid_t StartClient(unsigned seed) {
  int ready[2];
  if (pipe(ready) != 0) std::exit(2);
  const pid_t client = fork();
  if (client == 0) {
    random_changes::numbers.seed(seed);
    if (!random_changes::BeginSession()) _exit(1);
    random_changes::ChangeSomething();
    if (write(ready[1], "!", 1) != 1) _exit(1);
    // The journal keeps all changes, however late the kill.
    for (unsigned done = 1; done < kMostChanges; ++done) random_changes::ChangeSomething();
    while (true) pause();
  }
  close(ready[1]);
  char byte;
  if (read(ready[0], &byte, 1) != 1) std::exit(3);
  close(ready[0]);
  return client;
}

// Spins, because a sleep would end at few different moments.
void WaitUs(unsigned us) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(us);
  while (std::chrono::steady_clock::now() < end) {
  }
}

}  // namespace

int main(int, char** arguments) {
  const unsigned rounds = std::strtoul(arguments[1], nullptr, 10);
  std::mt19937 delays(1);
  unsigned killed = 0;
  for (unsigned round = 0; round < rounds; ++round) {
    pid_t clients[3];
    for (unsigned i = 0; i < 3; ++i) clients[i] = StartClient(3 * round + i);
    for (const pid_t client : clients) {
      WaitUs(delays() % 100);
      kill(client, SIGKILL);
    }
    for (const pid_t client : clients) {
      int status = 0;
      waitpid(client, &status, 0);
      killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    }
  }
  std::printf("%u\n", killed);
}
