#include "webhook/alicloud/mutator/patch.hpp"

#include <utility>

#include "base/utf8.hpp"
#include "json/parse.hpp"
#include "json/patch.hpp"

namespace alicloud {

void Patch::change(std::string_view pointer, json::DomNode before, const json::Value& after) {
  if (before.is_null()) {
    text_.append(text_.empty() ? "[" : ",").append(R"({"op":"add","path":)");
    base::append_json_string(text_, pointer);
    text_.append(R"(,"value":)").append(json::to_string(after)).append("}");
    return;
  }
  const auto differences = json::diff(before.to_value(), after);
  for (auto operation : differences.items()) {
    operation["path"] = std::string(pointer).append(operation.at("path").string_or(""));
    put(operation);
  }
}

void Patch::add(std::initializer_list<std::string_view> pointer, bool value) {
  begin("add", pointer) += value ? "true}" : "false}";
}

void Patch::replace(std::initializer_list<std::string_view> pointer, std::string_view value) {
  begin("replace", pointer).append(value).append("}");
}

std::string& Patch::begin(std::string_view name, std::initializer_list<std::string_view> pointer) {
  text_ += text_.empty() ? '[' : ',';
  text_.append(R"({"op":")").append(name).append(R"(","path":")");
  for (const auto piece : pointer) text_ += piece;
  return text_.append(R"(","value":)");
}

void Patch::put(const json::Value& operation) {
  text_ += text_.empty() ? '[' : ',';
  text_ += json::to_string(operation);
}

std::string Patch::take() {
  if (!text_.empty()) text_ += ']';
  return std::exchange(text_, {});
}

std::string below(std::string_view pointer, std::string_view token) {
  return std::string(pointer).append("/").append(json::escape_pointer(token));
}

std::string below(std::string_view pointer, std::size_t index) {
  return below(pointer, std::to_string(index));
}

}  // namespace alicloud
