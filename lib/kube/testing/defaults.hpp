#pragma once

#include "json/value.hpp"
#include "kube/object/resource.hpp"

namespace kube::testing {

/// What decoding into the server's own types does to a document: null, and empty maps and lists go;
/// stringData joins data. Custom resources stay as they are but for their metadata.
void canonicalise(const Resource& resource, json::Value& document);

/// What storing does to it: an empty list comes back as none.
void settle(json::Value& document);

/// The defaults that the server fills in when it reads an object, before anything else looks at it.
void set_defaults(const Resource& resource, json::Value& document);

}  // namespace kube::testing
