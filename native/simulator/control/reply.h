// What a command answers.
#ifndef MIG_SIMULATOR_CONTROL_REPLY_H_
#define MIG_SIMULATOR_CONTROL_REPLY_H_

#include <string>
#include <string_view>

namespace migsim {

struct Reply {
  bool refused = false;
  std::string json = "{}";
};

// {"error": message}
Reply refuse(std::string_view message);

}  // namespace migsim

#endif  // MIG_SIMULATOR_CONTROL_REPLY_H_
