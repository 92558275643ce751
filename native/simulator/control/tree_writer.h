// Lists the entries of a machine's file tree as JSON.
#ifndef MIG_SIMULATOR_CONTROL_TREE_WRITER_H_
#define MIG_SIMULATOR_CONTROL_TREE_WRITER_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "simulator/control/json_writer.h"

namespace migsim {

// A 32-bit word in a file of registers.
struct Register {
  std::uint32_t offset;
  std::uint32_t value;
};

class TreeWriter {
 public:
  TreeWriter() { json_.BeginArray(); }

  void File(std::string_view path, std::string_view content) {
    Begin("file", path).Member("content", content).EndObject();
  }

  void Folder(std::string_view path) { Begin("folder", path).EndObject(); }

  void Link(std::string_view path, std::string_view target) {
    Begin("link", path).Member("target", target).EndObject();
  }

  void Device(std::string_view path, unsigned major, unsigned minor, unsigned mode) {
    Begin("device", path).Key("device").BeginObject();
    json_.Member("type", "char").Member("major", major);
    json_.Member("minor", minor).Member("mode", mode).EndObject().EndObject();
  }

  // A file of `size` bytes, all 0 but for these words in little-endian order.
  void Registers(std::string_view path, std::int64_t size, std::span<const Register> registers) {
    Begin("registers", path).Member("size", size).Key("registers").BeginArray();
    for (const Register& each : registers) {
      json_.BeginObject().Member("offset", each.offset).Member("value", each.value).EndObject();
    }
    json_.EndArray().EndObject();
  }

  std::string Take() { return json_.EndArray().Take(); }

 private:
  JsonWriter& Begin(std::string_view kind, std::string_view path) {
    return json_.BeginObject().Member("kind", kind).Member("path", path);
  }

  JsonWriter json_;
};

}  // namespace migsim

#endif  // MIG_SIMULATOR_CONTROL_TREE_WRITER_H_
