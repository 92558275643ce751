#include "nvml/library.h"

#include <dlfcn.h>
#include <link.h>
#include <sys/stat.h>

#include <map>
#include <mutex>
#include <utility>

#include "nvml/shadowing.h"

namespace mig {
namespace {

std::string FoundAt(void* handle, const std::string& asked) {
  link_map* map = nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0 || map == nullptr || map->l_name[0] == '\0')
    return asked;
  return map->l_name;
}

// Refuses a FIFO: the loader would wait for its other end, and nothing could stop that.
bool IsFileOrName(const std::string& path) {
  struct stat status {};
  if (path.find('/') == std::string::npos || stat(path.c_str(), &status) != 0) return true;
  return S_ISREG(status.st_mode) || S_ISDIR(status.st_mode);
}

}  // namespace

Library::Library(void* handle, std::string path)
    : handle_(handle), path_(std::move(path)), nvml_(ResolveSymbols(handle)) {}

const Library* Library::Open(const std::string& path, std::string* problem) {
  // Never destroyed: at exit, other threads may still be in a call.
  static auto& mutex = *new std::mutex;
  static auto& libraries = *new std::map<void*, const Library*>;

  const std::lock_guard<std::mutex> guard(mutex);
  const std::optional<std::string> found = Unshadow(path, problem);
  if (!found) return nullptr;
  if (!IsFileOrName(*found)) {
    *problem = *found + ": not a regular file";
    return nullptr;
  }
  void* handle = dlopen(found->c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* text = dlerror();
    *problem = text == nullptr ? "cannot be loaded" : text;
    return nullptr;
  }
  const Library*& library = libraries[handle];
  if (library == nullptr) library = new Library(handle, FoundAt(handle, path));
  if (library->nvml_.nvmlInit_v2.address == nullptr) {
    *problem = library->path_ + ": not an NVML library: it has no nvmlInit_v2";
    return nullptr;
  }
  return library;
}

void* Library::Find(const std::string& symbol) const { return dlsym(handle_, symbol.c_str()); }

}  // namespace mig
