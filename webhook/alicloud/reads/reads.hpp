#pragma once

// What rules learn of the cluster, typed.

#include <memory>
#include <optional>

#include "webhook/alicloud/api/binding.hpp"
#include "webhook/alicloud/api/profile.hpp"
#include "webhook/alicloud/api/secret.hpp"
#include "webhook/alicloud/api/shoot.hpp"
#include "webhook/alicloud/facts/facts.hpp"

namespace alicloud {

/// An answer, or nullopt: the question is noted in the facts.
template <class T>
using Known = std::optional<base::Result<T>>;

/// An object and the text its views point into.
template <class T>
struct Read {
  std::shared_ptr<const json::Dom> dom;
  T object;
};

Known<Read<Secret>> read_secret(Facts& facts, std::string_view namespace_name,
                                std::string_view name);
Known<Read<CloudProfile>> read_cloud_profile(Facts& facts, std::string_view name);
ObjectQuestion cloud_profile_question(std::string_view name);
ObjectQuestion namespaced_cloud_profile_question(std::string_view namespace_name,
                                                 std::string_view name);

/// What is said about credentials that are no Secret.
std::string unsupported_reference(const ObjectReference& ref);

/// Where the binding of a shoot is looked for.
enum class BindingSource { live, cache_then_live };

/// Notes the question for the watched copy of the binding that read_secret_of() will begin with.
void want_binding(Facts& facts, const Shoot& shoot);
/// The Secret that the shoot's SecretBinding, or else its CredentialsBinding, refers to. `neither`:
/// what is said where the shoot names no binding.
Known<Read<Secret>> read_secret_of(Facts& facts, const Shoot& shoot, BindingSource source,
                                   std::string_view neither);

}  // namespace alicloud
