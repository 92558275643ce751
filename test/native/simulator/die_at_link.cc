// Preloaded: the process dies before it gives a file its name, as by kill -9.
#include <signal.h>
#include <unistd.h>

extern "C" int linkat(int, const char*, int, const char*, int) {
  kill(getpid(), SIGKILL);
  return -1;
}

extern "C" int link(const char*, const char*) { return linkat(0, "", 0, "", 0); }
