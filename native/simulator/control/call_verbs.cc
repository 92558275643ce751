// counts, reset-counts, journal.
#include <limits>

#include "simulator/control/json_writer.h"
#include "simulator/control/verbs.h"

namespace migsim {
namespace {

JsonWriter& number_or_null(JsonWriter& json, std::string_view name, std::uint32_t value) {
  json.key(name);
  return value == kNotRecorded ? json.null() : json.number(value);
}

void write_record(JsonWriter& json, const JournalRecord& record) {
  json.begin_object();
  json.member("sequence", static_cast<std::int64_t>(record.sequence));
  json.member("pid", record.pid);
  json.member("fn", exported_functions()[record.function].name);
  json.member("gpu", record.gpu);
  number_or_null(json, "gpuInstanceId", record.gpu_instance);
  number_or_null(json, "computeInstanceId", record.compute_instance);
  number_or_null(json, "profileId", record.profile_id);
  json.key("placement");
  if (record.start == kNotRecorded) {
    json.null();
  } else {
    json.begin_object().member("start", record.start).member("size", record.size).end_object();
  }
  json.key("migEnabled");
  if (record.mode == kNotRecorded) {
    json.null();
  } else {
    json.boolean(record.mode != 0);
  }
  json.member("ret", record.result).end_object();
}

}  // namespace

Reply counts_verb(Machine& machine, Arguments& arguments) {
  if (const std::string* problem = arguments.problem()) return refuse(*problem);
  const auto functions = exported_functions();
  std::uint64_t total = 0;
  std::uint64_t changing = 0;
  JsonWriter json;
  json.begin_object().key("byFunction").begin_object();
  for (std::size_t id = 0; id < functions.size(); ++id) {
    const std::uint64_t count = machine.call_count(static_cast<FunctionId>(id));
    if (count == 0) continue;
    total += count;
    if (functions[id].changing) changing += count;
    json.member(functions[id].name, static_cast<std::int64_t>(count));
  }
  json.end_object().member("total", static_cast<std::int64_t>(total));
  json.member("changing", static_cast<std::int64_t>(changing)).end_object();
  return done(json.take());
}

Reply reset_counts_verb(Machine& machine, Arguments& arguments) {
  if (const std::string* problem = arguments.problem()) return refuse(*problem);
  machine.reset_call_counts();
  return {};
}

Reply journal_verb(Machine& machine, Arguments& arguments) {
  constexpr auto kHighest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const std::uint64_t from = arguments.number("from", {1, kHighest}).value_or(1);
  if (const std::string* problem = arguments.problem()) return refuse(*problem);
  JsonWriter json;
  json.begin_array();
  for (const JournalRecord& record : machine.journal(from - 1)) write_record(json, record);
  json.end_array();
  return done(json.take());
}

}  // namespace migsim
