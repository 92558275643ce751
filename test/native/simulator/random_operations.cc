// Changes the environment's machine at random. Arguments: seed, number of changes.
#include "random_changes.h"

int main(int, char** arguments) {
  random_changes::numbers.seed(std::strtoul(arguments[1], nullptr, 10));
  if (!random_changes::BeginSession()) return 1;
  const unsigned long changes = std::strtoul(arguments[2], nullptr, 10);
  for (unsigned long done = 0; done < changes; ++done) random_changes::ChangeSomething();
}
