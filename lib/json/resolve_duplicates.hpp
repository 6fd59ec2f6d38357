#pragma once

#include <optional>
#include <string>

#include "json/dom.hpp"
#include "json/value.hpp"

namespace json {

/// The Value of `node` in which every key comes once. Where one came twice: objects are merged, of
/// everything else the last one counts; the path of the first such key is written to `duplicate`
/// when given. Costs n log n, whatever the keys.
Value resolve_duplicates(DomNode node, std::optional<std::string>* duplicate = nullptr);

}  // namespace json
