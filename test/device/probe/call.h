// One call of an NVML function, as one line of JSON on the standard output:
//
//   {"kind":"call","gpu":0,"of":"gpu","fn":"nvmlDeviceGetMinorNumber","in":{},"ret":0,"out":{"minor":0}}
//
// What goes in is written out before the call is made, so that a driver that crashes on it leaves
// an unfinished line that says where. A function that the library lacks has `"ret":null`.
#ifndef MIG_DEVICE_PROBE_CALL_H_
#define MIG_DEVICE_PROBE_CALL_H_

#include <dlfcn.h>

#include <initializer_list>

#include "nvml/abi.h"

namespace migprobe {

// What calls are made on. `of` is "system", "gpu", "gpu-instance" or "mig-device".
struct Subject {
  void* library;
  int gpu;  // NVML index; -1: none
  const char* of;

  Subject part(const char* kind) const { return {library, gpu, kind}; }
};

class CallLine {
 public:
  CallLine(const Subject& subject, const char* function);
  ~CallLine();
  CallLine(const CallLine&) = delete;
  CallLine& operator=(const CallLine&) = delete;

  // Of the last answer.
  bool ok() const { return exported_ && ret_ == nvml_abi::NVML_SUCCESS; }

  // Only before the call.
  void put_in(const char* key, unsigned long long value);
  void put_in(const char* key, const char* text);
  void begin_call();
  void end_call(bool exported, int ret);
  // Only after it.
  void put_out(const char* key, unsigned long long value);
  void put_out(const char* key, const char* text);

 private:
  void put_key(const char* key);

  bool first_ = true;
  bool exported_ = false;
  int ret_ = 0;
};

// The line ends with the call's life: never have two alive at once.
template <typename Function>
class Call {
 public:
  Call(const Subject& subject, const char* name)
      : line_(subject, name),
        function_(reinterpret_cast<Function*>(dlsym(subject.library, name))) {}

  template <typename Value>
  Call& in(const char* key, Value value) {
    line_.put_in(key, value);
    return *this;
  }

  template <typename... Arguments>
  Call& make(Arguments... arguments) {
    line_.begin_call();
    if (function_ == nullptr)
      line_.end_call(false, 0);
    else
      line_.end_call(true, function_(arguments...));
    return *this;
  }

  // What the call wrote, whatever it answered.
  template <typename Value>
  Call& left(const char* key, const Value& value) {
    line_.put_out(key, value);
    return *this;
  }

  // What the call wrote, where it answered success.
  template <typename Value>
  Call& out(const char* key, const Value& value) {
    if (ok()) line_.put_out(key, value);
    return *this;
  }

  bool ok() const { return line_.ok(); }

 private:
  CallLine line_;
  Function* function_;
};

#define NVML_CALL(subject, name) ::migprobe::Call<decltype(nvml_abi::name)>((subject), #name)

// Quoted and escaped, as JSON has it.
void print_text(const char* text);

}  // namespace migprobe

#endif  // MIG_DEVICE_PROBE_CALL_H_
