// The input is a list: a document, another one, and perhaps a patch. diff() has to lead from one to
// the other, and no patch may do harm.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "json/parse.hpp"
#include "json/patch.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = json::parse({reinterpret_cast<const char*>(data), size});
  if (!input || input->items().size() < 2) return 0;
  const auto& items = input->items();
  const auto made = json::apply_patch(items[0], json::diff(items[0], items[1]));
  require(made.has_value() && *made == items[1]);
  const auto merged = json::merge_patch(items[0], items[1]);
  require(json::merge_patch(merged, items[1]) == merged);
  if (items.size() < 3) return 0;
  if (const auto patched = json::apply_patch(items[0], items[2])) {
    const auto text = json::to_string(*patched);
    const auto again = json::parse(text, json::Duplicates::reject,
                                   {.bytes = text.size(), .values = text.size() + 1});
    require(again.has_value() && *again == *patched);
  }
  return 0;
}
