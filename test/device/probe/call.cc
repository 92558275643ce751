#include "call.h"

#include <cstdio>

namespace migprobe {

void print_text(const char* text) {
  std::putchar('"');
  for (; *text != '\0'; ++text) {
    const auto byte = static_cast<unsigned char>(*text);
    if (byte == '"' || byte == '\\')
      std::printf("\\%c", byte);
    else if (byte < 0x20 || byte > 0x7e)
      std::printf("\\u%04x", byte);
    else
      std::putchar(byte);
  }
  std::putchar('"');
}

CallLine::CallLine(const Subject& subject, const char* function) {
  std::printf("{\"kind\":\"call\",");
  if (subject.gpu >= 0) std::printf("\"gpu\":%d,", subject.gpu);
  std::printf("\"of\":\"%s\",\"fn\":\"%s\",\"in\":{", subject.of, function);
}

CallLine::~CallLine() {
  std::printf("}}\n");
  std::fflush(stdout);
}

void CallLine::put_key(const char* key) {
  std::printf("%s\"%s\":", first_ ? "" : ",", key);
  first_ = false;
}

void CallLine::put_in(const char* key, unsigned long long value) {
  put_key(key);
  std::printf("%llu", value);
}

void CallLine::put_in(const char* key, const char* text) {
  put_key(key);
  print_text(text);
}

void CallLine::begin_call() { std::fflush(stdout); }

void CallLine::end_call(bool exported, int ret) {
  exported_ = exported;
  ret_ = ret;
  first_ = true;
  if (exported)
    std::printf("},\"ret\":%d,\"out\":{", ret);
  else
    std::printf("},\"ret\":null,\"out\":{");
}

void CallLine::put_out(const char* key, unsigned long long value) { put_in(key, value); }

void CallLine::put_out(const char* key, const char* text) { put_in(key, text); }

}  // namespace migprobe
