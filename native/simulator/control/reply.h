// The answer to a command.
#ifndef MIG_SIMULATOR_CONTROL_REPLY_H_
#define MIG_SIMULATOR_CONTROL_REPLY_H_

#include <string>
#include <utility>

namespace migsim {

struct Reply {
  std::string json = "{}";
  std::string error = {};  // the reason of a refusal; empty: done

  bool refused() const { return !error.empty(); }
};

inline Reply Done(std::string json) { return {.json = std::move(json)}; }
inline Reply Refuse(std::string error) { return {.error = std::move(error)}; }

}  // namespace migsim

#endif  // MIG_SIMULATOR_CONTROL_REPLY_H_
