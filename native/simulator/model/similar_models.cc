#include "simulator/model/similar_models.h"

#include <algorithm>
#include <vector>

#include "simulator/model/catalog.h"

namespace migsim {
namespace {

constexpr std::size_t kMostShown = 6;
constexpr std::string_view kSeparators = " -_\t";

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

// `words` is in lower case.
bool holds_every_word(const std::string& name, std::string_view words) {
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

std::string similar_models(std::string_view text) {
  const std::string words = lower_case(text);
  std::vector<std::string_view> names;
  for (const GpuModel& model : gpu_models()) {
    if (names.size() == kMostShown) break;
    if (std::ranges::find(names, model.name) != names.end()) continue;
    if (holds_every_word(lower_case(model.name), words)) names.push_back(model.name);
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
