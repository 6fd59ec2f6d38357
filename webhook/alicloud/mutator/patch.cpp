#include "webhook/alicloud/mutator/patch.hpp"

#include "json/patch.hpp"

namespace alicloud {

void Patch::change(std::string_view pointer, json::DomNode before, const json::Value& after) {
  if (before.is_null()) {
    operations_.push_back(
        json::Value::object({{"op", "add"}, {"path", pointer}, {"value", after}}));
    return;
  }
  const auto differences = json::diff(before.to_value(), after);
  for (auto operation : differences.items()) {
    operation["path"] = std::string(pointer).append(operation.at("path").string_or(""));
    operations_.push_back(std::move(operation));
  }
}

std::string below(std::string_view pointer, std::string_view token) {
  return std::string(pointer).append("/").append(json::escape_pointer(token));
}

std::string below(std::string_view pointer, std::size_t index) {
  return below(pointer, std::to_string(index));
}

}  // namespace alicloud
