#pragma once

#include "webhook/alicloud/api/read.hpp"

namespace alicloud {

/// ObjectMeta as far as its types are checked.
struct Metadata {
  std::string_view name;
  std::string_view generate_name;
  std::string_view namespace_name;
  std::string_view uid;
  std::string_view resource_version;
  std::int64_t generation = 0;
  std::optional<Timestamp> created;
  std::optional<Timestamp> deleted;
  CheckedTexts labels;
  CheckedTexts annotations;
  std::vector<std::string_view> finalizers;
};

template <>
struct Shape<Metadata> {
  static constexpr auto members = std::tuple{
      member("name", &Metadata::name),
      member("generateName", &Metadata::generate_name),
      member("namespace", &Metadata::namespace_name),
      member("uid", &Metadata::uid),
      member("resourceVersion", &Metadata::resource_version),
      member("generation", &Metadata::generation),
      member("creationTimestamp", &Metadata::created),
      member("deletionTimestamp", &Metadata::deleted),
      member("labels", &Metadata::labels),
      member("annotations", &Metadata::annotations),
      member("finalizers", &Metadata::finalizers),
  };
};

/// Which kind a handler expects.
struct ExpectedKind {
  std::string_view group;
  std::string_view version;
  std::string_view kind;
};

/// Fine where apiVersion and kind are absent or name `expected`. The version `__internal` is one
/// that no API server sends; the Go program knows no JSON member of it, so the answer is false:
/// nothing in the object can be read.
base::Result<bool> check_type(json::DomNode node, const ExpectedKind& expected);

/// A whole object of the API, read leniently. Absent or null is an empty one. `source`: see Raw.
template <class T>
base::Result<T> read_object(json::DomNode node, const ExpectedKind& expected,
                            std::string_view source = {}) {
  TRY(const bool readable, check_type(node, expected));
  if (!readable) return T{};
  return read_as<T>(node, Mode::lenient, Names::json, source);
}

}  // namespace alicloud
