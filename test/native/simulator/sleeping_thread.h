// A thread that waits in a call of the driver.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <utility>

// Returns when the kernel reports that the thread sleeps.
template <typename Wait>
std::thread StartSleeping(Wait wait) {
  static std::atomic<long> waiter;
  waiter = 0;
  std::thread thread([wait = std::move(wait)] {
    waiter = syscall(SYS_gettid);
    wait();
  });
  while (waiter == 0) {
  }
  for (char state = 'R'; state != 'S';) {
    std::ifstream stat("/proc/self/task/" + std::to_string(waiter) + "/stat");
    std::string line;
    std::getline(stat, line);
    state = line[line.rfind(')') + 2];
  }
  return thread;
}
