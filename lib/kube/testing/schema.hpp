#pragma once

#include <string>
#include <string_view>

#include "json/value.hpp"
#include "kube/object/resource.hpp"

namespace kube::testing {

/// How server-side apply merges a value: the list and map types of the API's structural schema.
enum class Shape {
  scalar,
  record,  ///< a struct: named fields, each merged
  map,     ///< keys are data: labels
  atomic,  ///< an object that is one value: a label selector
  keyed,   ///< a list whose items are found by key fields
  set,     ///< a list of distinct scalars
  list,    ///< a list that is one value
};

/// The type at one place of a document.
struct Type {
  Shape shape = Shape::scalar;
  std::string_view keys;  ///< of a keyed list, comma-separated
  std::string_view
      record;  ///< name of the record, or of a keyed list's items; empty: nothing special below
  bool is_field = false;  ///< a named field of a record, not an entry of a map
};

Type root_type(const Resource& resource);
/// The type of member `key` of a `parent`; `value` decides where the table has nothing to say.
Type member_type(const Type& parent, std::string_view key, const json::Value& value);
/// The same where only the place is known: what no table row names counts as a record.
Type member_type(const Type& parent, std::string_view key);
Type item_type(const Type& list);
/// The path element of `item` in FieldsV1 notation: k:{"name":"x"} or v:"x".
std::string item_element(const Type& list, const json::Value& item);
std::string field_element(std::string_view key);  ///< f:key

}  // namespace kube::testing
