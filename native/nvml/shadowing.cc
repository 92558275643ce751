#include "nvml/shadowing.h"

#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <vector>

namespace mig {
namespace {

// Only the simulated driver exports it.
constexpr char kSimulatorMark[] = "migsim_select_machine";

bool IsSimulatorLoadedAs(const std::string& name) {
  void* loaded = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
  if (loaded == nullptr) return false;
  const bool is_simulator = dlsym(loaded, kSimulatorMark) != nullptr;
  dlclose(loaded);
  return is_simulator;
}

// LD_LIBRARY_PATH and the system's folders. The loader's cache cannot be read.
std::vector<std::string> SearchFolders() {
  void* program = dlopen(nullptr, RTLD_NOW);
  Dl_serinfo size;
  if (program == nullptr || dlinfo(program, RTLD_DI_SERINFOSIZE, &size) != 0) return {};
  std::vector<char> buffer(size.dls_size);
  auto* info = reinterpret_cast<Dl_serinfo*>(buffer.data());
  if (dlinfo(program, RTLD_DI_SERINFOSIZE, info) != 0) return {};
  if (dlinfo(program, RTLD_DI_SERINFO, info) != 0) return {};
  std::vector<std::string> folders;
  for (unsigned int i = 0; i < info->dls_cnt; ++i)
    folders.emplace_back(info->dls_serpath[i].dls_name);
  return folders;
}

}  // namespace

std::optional<std::string> Unshadow(const std::string& name, std::string* problem) {
  if (name.find('/') != std::string::npos || !IsSimulatorLoadedAs(name)) return name;
  *problem = name + ": this process has loaded the simulated driver, and no other is in";
  for (const std::string& folder : SearchFolders()) {
    std::string path = folder + "/" + name;
    if (access(path.c_str(), R_OK) == 0) return path;
    problem->append(" ").append(folder);
  }
  problem->append("; if there is one elsewhere, give its path");
  return std::nullopt;
}

}  // namespace mig
