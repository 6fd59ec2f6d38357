#include "conformance/tally.hpp"

namespace conformance {

using json::Value;

void Tally::count(const Step& step, const std::string& answer, bool is_error) {
  ++requests_;
  if (is_error) ++errors_;
  ++categories_[to_string(step.category)];
  ++table_[{verb_of(step), resource_of(step).kind, answer}];
  const auto* request = std::get_if<kube::Request>(&step.call);
  const auto* apply = request ? std::get_if<kube::Apply>(request) : nullptr;
  if (!apply) return;
  if (!apply->field_manager.empty()) managers_.insert(apply->field_manager);
  if (!apply->force && answer.starts_with("409")) ++conflicts_;
  if (apply->force && !is_error) ++forced_;
}

json::Value Tally::to_json() const {
  json::Object categories;
  for (const auto& [name, count] : categories_) categories.set(name, count);
  json::Array table;
  for (const auto& [key, count] : table_) {
    const auto& [verb, kind, code] = key;
    table.push_back(
        json::Value::object({{"verb", verb}, {"kind", kind}, {"code", code}, {"count", count}}));
  }
  return json::Value::object({{"requests", requests_},
                              {"errors", errors_},
                              {"categories", std::move(categories)},
                              {"apply", Value::object({{"managers", managers_.size()},
                                                       {"conflicts", conflicts_},
                                                       {"forced", forced_}})},
                              {"table", std::move(table)}});
}

}  // namespace conformance
