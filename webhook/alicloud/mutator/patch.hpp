#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "json/dom.hpp"
#include "json/value.hpp"
#include "webhook/alicloud/facts/finding.hpp"

namespace alicloud {

/// A JSON Patch in the making.
class Patch {
 public:
  /// The member or item at `pointer`, which holds `before` (null: nothing), becomes `after`. Only
  /// what differs is touched.
  void change(std::string_view pointer, json::DomNode before, const json::Value& after);
  const json::Array& operations() const { return operations_; }
  json::Array take() { return std::move(operations_); }

 private:
  json::Array operations_;
};

/// "/spec/provider" and "workers", or 3: one token further, escaped.
std::string below(std::string_view pointer, std::string_view token);
std::string below(std::string_view pointer, std::size_t index);

/// What a mutator comes to: operations that count only where the finding is fine.
struct Mutation {
  Finding finding = Finding::fine();
  Patch patch;

  static Mutation complaint(std::string text) {
    return {.finding = Finding::complaint(std::move(text)), .patch = {}};
  }
  static Mutation unknown() { return {.finding = Finding::unknown(), .patch = {}}; }
};

}  // namespace alicloud
