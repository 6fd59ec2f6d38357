// Both doors agree, with each other and with another parser, whatever comes out can be written and
// read again as the same, and it is UTF-8.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/utf8.hpp"
#include "json/dom.hpp"
#include "json/parse.hpp"
#include "json/reference.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void require_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto length = base::utf8_length(text, at);
    require(length > 0);
    at += length;
  }
}

void require_utf8(json::DomNode node) {
  if (const auto text = node.string()) require_utf8(*text);
  node.each_member([](std::string_view key, json::DomNode value) {
    require_utf8(key);
    require_utf8(value);
  });
  node.each_item([](std::size_t, json::DomNode item) { require_utf8(item); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto dom = json::Dom::parse(std::string(text));
  const auto value = json::parse(text);
  require(dom.has_value() == value.has_value());
  require(json::agrees_with_rapidjson(text, value.has_value()));
  if (!value) return 0;
  require_utf8(dom->root());
  require(dom->root().to_value() == *value);
  const auto again = json::parse(json::to_string(*value), json::Duplicates::reject);
  require(again.has_value() && *again == *value);
  if (const auto strict = json::parse(text, json::Duplicates::reject)) require(*strict == *value);
  return 0;
}
