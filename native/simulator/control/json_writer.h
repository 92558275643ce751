// Writes JSON front to back, with the commas in the right places.
#ifndef MIG_SIMULATOR_CONTROL_JSON_WRITER_H_
#define MIG_SIMULATOR_CONTROL_JSON_WRITER_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace migsim {

class JsonWriter {
 public:
  JsonWriter& BeginObject() { return Open('{'); }
  JsonWriter& EndObject() { return Close('}'); }
  JsonWriter& BeginArray() { return Open('['); }
  JsonWriter& EndArray() { return Close(']'); }
  JsonWriter& Key(std::string_view name);
  JsonWriter& String(std::string_view value);
  JsonWriter& Number(std::int64_t value);
  JsonWriter& Boolean(bool value) { return Raw(value ? "true" : "false"); }
  JsonWriter& Null() { return Raw("null"); }

  JsonWriter& Member(std::string_view name, std::string_view value) {
    return Key(name).String(value);
  }
  // Without it a literal would turn into a bool.
  JsonWriter& Member(std::string_view name, const char* value) { return Key(name).String(value); }
  JsonWriter& Member(std::string_view name, std::int64_t value) { return Key(name).Number(value); }
  JsonWriter& Flag(std::string_view name, bool value) { return Key(name).Boolean(value); }

  std::string Take() { return std::move(text_); }

 private:
  JsonWriter& Open(char bracket);
  JsonWriter& Close(char bracket);
  JsonWriter& Raw(std::string_view token);
  void Separate();
  void Quote(std::string_view value);

  std::string text_;
  bool needs_comma_ = false;
};

}  // namespace migsim

#endif  // MIG_SIMULATOR_CONTROL_JSON_WRITER_H_
