// Gives JavaScript access to the control side of a simulated driver. It is separate from the addon
// over NVML: a program without simulated machines never loads it.
#include <dlfcn.h>
#include <napi.h>

#include <string>
#include <unordered_map>

namespace {

constexpr std::size_t kLongest = 1 << 20;

using ControlFunction = const char* (*)(const char* command, int* status);

class ControlAddon : public Napi::Addon<ControlAddon> {
 public:
  ControlAddon(Napi::Env, Napi::Object exports) {
    DefineAddon(exports, {InstanceMethod("control", &ControlAddon::Control, napi_enumerable)});
  }

 private:
  // control(libraryPath, command): {status, reply}, or {unavailable} when that library has no
  // control side.
  Napi::Value Control(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (info.Length() != 2 || !info[0].IsString() || !info[1].IsString()) {
      Napi::TypeError::New(env, "control takes a library path and a command, both strings")
          .ThrowAsJavaScriptException();
      return env.Undefined();
    }
    std::string path, command;
    if (!Read(info[0], &path) || !Read(info[1], &command)) {
      Napi::TypeError::New(env, "a path or a command has at most 1 MiB and no zero byte")
          .ThrowAsJavaScriptException();
      return env.Undefined();
    }

    Napi::Object result = Napi::Object::New(env);
    std::string problem;
    const ControlFunction control = Find(path, &problem);
    if (control == nullptr) {
      result["unavailable"] = Napi::String::New(env, problem);
      return result;
    }
    int status = 0;
    const char* reply = control(command.c_str(), &status);
    result["status"] = Napi::Number::New(env, status);
    result["reply"] = Napi::String::New(env, reply);
    return result;
  }

  // False for text that the simulated driver would read in part only, or that fills the memory.
  static bool Read(const Napi::Value& value, std::string* text) {
    std::size_t length = 0;
    const napi_status measured =
        napi_get_value_string_utf16(value.Env(), value, nullptr, 0, &length);
    if (measured != napi_ok || length > kLongest) return false;
    *text = value.As<Napi::String>().Utf8Value();
    return text->find('\0') == std::string::npos;
  }

  ControlFunction Find(const std::string& path, std::string* problem) {
    const auto known = controls_.find(path);
    if (known != controls_.end()) return known->second;
    // Never closed: machines live in the library, and other threads may be inside it.
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      *problem = dlerror();
      return nullptr;
    }
    const auto control = reinterpret_cast<ControlFunction>(dlsym(library, "migsim_control"));
    if (control == nullptr) {
      *problem = path + " is not a simulated driver: it has no migsim_control";
      return nullptr;
    }
    controls_.emplace(path, control);
    return control;
  }

  std::unordered_map<std::string, ControlFunction> controls_;
};

}  // namespace

NODE_API_ADDON(ControlAddon)
