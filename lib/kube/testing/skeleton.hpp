#pragma once

#include <string_view>

#include "json/value.hpp"
#include "kube/object/resource.hpp"

namespace kube::testing {

/// The members that the server's type for a kind has even when nothing set them, as Go writes its
/// zero value. They are "there" on both sides of every comparison, so nobody comes to own them by
/// first writing below them.
json::Value skeleton(const Resource& resource);

/// Adds the members of `from` that `document` lacks.
void fill_in(json::Value& document, const json::Value& from);
/// Makes a member what it is in `from`: away where it is not there.
void copy_member(json::Value& to, const json::Value& from, std::string_view key);

}  // namespace kube::testing
