#include "webhook/alicloud/validator/bindings.hpp"

#include "webhook/alicloud/reads/reads.hpp"
#include "webhook/alicloud/validator/secret.hpp"

namespace alicloud {

namespace {

Finding check_secret(const ObjectReference& ref, const Metadata& owner, Facts& facts) {
  const auto space = ref.namespace_name.empty() ? owner.namespace_name : ref.namespace_name;
  const auto secret = read_secret(facts, space, ref.name);
  if (!secret) return Finding::unknown();
  if (!*secret) return Finding::complaint(secret->error().what);
  return Finding::from(complaint_about_credentials((*secret)->object));
}

}  // namespace

Finding validate(const SecretBinding& binding, const std::optional<SecretBinding>& old,
                 Facts& facts) {
  const bool same_provider =
      old && old->provider && binding.provider && old->provider->type == binding.provider->type;
  if (same_provider) return Finding::fine();
  return check_secret(binding.secret_ref, binding.metadata, facts);
}

Finding validate(const CredentialsBinding& binding, const std::optional<CredentialsBinding>& old,
                 Facts& facts) {
  if (old) return Finding::fine();
  const auto& ref = binding.credentials_ref;
  if (ref.api_version != "v1" || ref.kind != "Secret") {
    return Finding::complaint(unsupported_reference(ref));
  }
  return check_secret(ref, binding.metadata, facts);
}

}  // namespace alicloud
