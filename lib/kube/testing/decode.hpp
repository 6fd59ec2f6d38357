#pragma once

#include <string>

#include "json/value.hpp"
#include "kube/object/resource.hpp"

namespace kube::testing {

/// Whether the server could read a document into its type at all: empty, or the place that has
/// another JSON type. Knows the members that carry most of what is written by hand; others pass.
std::string why_not_decodable(const Resource& resource, const json::Value& document);
/// The part of it that the API's schema shows: a date or a base64 text that is none passes.
std::string why_not_typed(const Resource& resource, const json::Value& document);

}  // namespace kube::testing
