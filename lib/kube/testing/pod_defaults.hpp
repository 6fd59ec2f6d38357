#pragma once

#include <string_view>

#include "json/value.hpp"

namespace kube::testing {

void set_default(json::Value& object, std::string_view key, json::Value value);

/// The defaults of a Pod's spec.
void default_pod_spec(json::Value& spec);

}  // namespace kube::testing
