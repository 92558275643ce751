#include "simulator/model/driver_version.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <iterator>

namespace migsim {
namespace {

constexpr std::uint16_t kNoPatch = DriverVersion::kNoPatch;

struct Branch {
  DriverVersion release;  // one public release of the branch
  int cuda;
};

// Sources: driver archive of nvidia.com; CUDA release notes, table of toolkit driver versions.
constexpr Branch kBranches[] = {
    {{450, 248, 2}, 11000},       {{455, 45, 1}, 11010},        {{460, 106, 0}, 11020},
    {{465, 31, kNoPatch}, 11030}, {{470, 256, 2}, 11040},       {{495, 46, kNoPatch}, 11050},
    {{510, 108, 3}, 11060},       {{515, 105, 1}, 11070},       {{520, 61, 5}, 11080},
    {{525, 147, 5}, 12000},       {{530, 41, 3}, 12010},        {{535, 161, 8}, 12020},
    {{545, 29, 6}, 12030},        {{550, 90, 7}, 12040},        {{555, 58, 2}, 12050},
    {{560, 35, 5}, 12060},        {{565, 77, kNoPatch}, 12070}, {{570, 133, 20}, 12080},
    {{575, 64, 5}, 12090},        {{580, 65, 6}, 13000},        {{590, 48, 1}, 13010},
    {{595, 58, 3}, 13020},        {{610, 43, 2}, 13030},
};

// Reads one number and moves past it; false when there is none or it does not fit.
bool TakeNumber(std::string_view& text, std::uint16_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number < kNoPatch;
}

bool TakeDot(std::string_view& text) {
  if (!text.starts_with('.')) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<DriverVersion> ParseDriverVersion(std::string_view text) {
  if (text.starts_with('R') || text.starts_with('r')) text.remove_prefix(1);
  DriverVersion version{0, 0, kNoPatch};
  if (!TakeNumber(text, version.branch)) return std::nullopt;
  if (text.empty()) {
    const auto found = std::ranges::find(kBranches, version.branch,
                                         [](const Branch& b) { return b.release.branch; });
    if (found == std::end(kBranches)) return std::nullopt;
    return found->release;
  }
  if (!TakeDot(text) || !TakeNumber(text, version.minor)) return std::nullopt;
  if (!text.empty() && (!TakeDot(text) || !TakeNumber(text, version.patch))) return std::nullopt;
  // Drivers before the first branch with MIG are not simulated.
  if (!text.empty() || version < kOldestDriver) return std::nullopt;
  return version;
}

void WriteDriverVersion(DriverVersion version, char (&text)[kDriverTextSize]) {
  if (version.patch == kNoPatch) {
    std::snprintf(text, sizeof text, "%u.%02u", version.branch, version.minor);
  } else {
    std::snprintf(text, sizeof text, "%u.%02u.%02u", version.branch, version.minor, version.patch);
  }
}

int CudaVersion(DriverVersion version) {
  int cuda = kBranches[0].cuda;
  for (const Branch& branch : kBranches) {
    if (branch.release.branch <= version.branch) cuda = branch.cuda;
  }
  return cuda;
}

}  // namespace migsim
