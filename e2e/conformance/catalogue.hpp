#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/result.hpp"
#include "json/value.hpp"
#include "kube/object/object.hpp"

namespace conformance {

/// Values that one place of a document may take.
struct Part {
  std::string pointer;
  json::Array values;
};

/// What requests about a kind are made of.
struct KindSource {
  kube::Resource resource;
  json::Value base;         ///< the least that is valid
  std::vector<Part> parts;  ///< valid in any combination
  std::vector<Part> wrong;  ///< refused, each
  std::vector<Part> status, status_wrong;
  /// Objects of this kind are there from the beginning; only their metadata changes.
  bool is_given = false;
};

/// Reads kinds.json. `invalid` where it names a kind nobody knows.
base::Result<std::vector<KindSource>> read_catalogue(const std::string& text);

/// Labels, annotations, finalizers and owners: parts of every kind.
const std::vector<Part>& metadata_parts();
const std::vector<Part>& wrong_metadata_parts();

const json::Value& pick(const json::Array& values, base::Random& random);
/// Adds the base of a kind to an object; $namespace stands for the object's own.
void add_all(json::Value& to, const json::Value& from);
/// Sets a place, making the objects on the way to it.
void set_at(json::Value& document, std::string_view pointer, json::Value value);

}  // namespace conformance
