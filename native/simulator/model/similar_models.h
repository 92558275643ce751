// Suggestions for a GPU model name that does not exist.
#ifndef MIG_SIMULATOR_MODEL_SIMILAR_MODELS_H_
#define MIG_SIMULATOR_MODEL_SIMILAR_MODELS_H_

#include <string>
#include <string_view>

namespace migsim {

// A few models whose names contain every word of the text, in any order: `"A", "B"`. Empty when
// there are none.
std::string SimilarModels(std::string_view text);

}  // namespace migsim

#endif  // MIG_SIMULATOR_MODEL_SIMILAR_MODELS_H_
