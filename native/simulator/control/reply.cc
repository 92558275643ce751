#include "simulator/control/reply.h"

#include "simulator/control/json_writer.h"

namespace migsim {

Reply refuse(std::string_view message) {
  JsonWriter json;
  json.begin_object().member("error", message).end_object();
  return {true, json.take()};
}

}  // namespace migsim
