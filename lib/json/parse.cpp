#include "json/parse.hpp"

#include "json/dom.hpp"
#include "json/resolve_duplicates.hpp"

namespace json {

base::Result<Value> parse(std::string_view text, Duplicates duplicates, const Limits& limits) {
  TRY_VOID(check_size(text.size(), limits));
  TRY(const Dom dom, Dom::parse(std::string(text), limits));
  if (duplicates == Duplicates::last_wins) return dom.root().to_value();
  std::optional<std::string> duplicate;
  auto value = resolve_duplicates(dom.root(), &duplicate);
  if (duplicate) return base::fail(base::invalid(*duplicate + ": duplicate field"));
  return value;
}

}  // namespace json
