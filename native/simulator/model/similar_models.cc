#include "simulator/model/similar_models.h"

#include <algorithm>
#include <vector>

#include "simulator/model/catalog.h"

namespace migsim {
namespace {

constexpr std::size_t kMostShown = 6;
constexpr std::string_view kSeparators = " -_\t";

std::string LowerCase(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

// `words` is in lower case.
bool HoldsEveryWord(const std::string& name, std::string_view words) {
  bool any = false;
  while (true) {
    const auto start = words.find_first_not_of(kSeparators);
    if (start == words.npos) return any;
    words.remove_prefix(start);
    const std::string_view word = words.substr(0, words.find_first_of(kSeparators));
    if (name.find(word) == name.npos) return false;
    words.remove_prefix(word.size());
    any = true;
  }
}

}  // namespace

std::string SimilarModels(std::string_view text) {
  const std::string words = LowerCase(text);
  std::vector<std::string_view> names;
  for (const GpuModel& model : GpuModels()) {
    if (names.size() == kMostShown) break;
    if (std::ranges::find(names, model.name) != names.end()) continue;
    if (KeysNamed(model.name).size() > 1) continue;
    if (HoldsEveryWord(LowerCase(model.name), words)) names.push_back(model.name);
  }
  std::string list;
  for (const std::string_view name : names) {
    list += list.empty() ? "\"" : ", \"";
    list += name;
    list += '"';
  }
  return list;
}

}  // namespace migsim
