#include "conformance/tally.hpp"

namespace conformance {

void Tally::count(const Step& step, const std::string& answer, bool is_error) {
  ++requests_;
  if (is_error) ++errors_;
  ++categories_[to_string(step.category)];
  ++table_[{verb_of(step), resource_of(step).kind, answer}];
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
                              {"table", std::move(table)}});
}

}  // namespace conformance
