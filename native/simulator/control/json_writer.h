// Writes JSON front to back, with the commas in the right places.
#ifndef MIG_SIMULATOR_CONTROL_JSON_WRITER_H_
#define MIG_SIMULATOR_CONTROL_JSON_WRITER_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace migsim {

class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view value);
  JsonWriter& number(std::int64_t value);
  JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonWriter& null() { return raw("null"); }

  JsonWriter& member(std::string_view name, std::string_view value) {
    return key(name).string(value);
  }
  // Without it a literal would turn into a bool.
  JsonWriter& member(std::string_view name, const char* value) { return key(name).string(value); }
  JsonWriter& member(std::string_view name, std::int64_t value) { return key(name).number(value); }
  JsonWriter& flag(std::string_view name, bool value) { return key(name).boolean(value); }

  std::string take() { return std::move(text_); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  JsonWriter& raw(std::string_view token);
  void separate();
  void quote(std::string_view value);

  std::string text_;
  bool needs_comma_ = false;
};

}  // namespace migsim

#endif  // MIG_SIMULATOR_CONTROL_JSON_WRITER_H_
