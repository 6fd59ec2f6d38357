#include "webhook/alicloud/reads/reads.hpp"

#include "webhook/alicloud/api/field_errors.hpp"

namespace alicloud {

namespace {

template <class T>
Known<Read<T>> read(Facts& facts, const ObjectQuestion& question, const ExpectedKind& kind) {
  const auto* answer = facts.ask(question);
  if (answer == nullptr) return std::nullopt;
  if (!*answer) return base::fail(answer->error());
  auto object = read_object<T>((*answer)->get()->root(), kind);
  if (!object) return base::fail(std::move(object.error()));
  return Read<T>{.dom = **answer, .object = *std::move(object)};
}

/// A watched copy may not have what was made a moment ago.
template <class T>
Known<Read<T>> read_binding(Facts& facts, ObjectQuestion question, const ExpectedKind& kind,
                            BindingSource source) {
  question.source = source == BindingSource::live ? Source::live : Source::cache;
  auto found = read<T>(facts, question, kind);
  const bool is_missing = found && !*found && found->error().is(base::Error::Kind::not_found);
  if (source == BindingSource::live || !is_missing) return found;
  question.source = Source::live;
  return read<T>(facts, question, kind);
}

Known<Read<Secret>> read_referenced(Facts& facts, const ObjectReference& ref,
                                    std::string_view default_namespace) {
  return read_secret(facts, ref.namespace_name.empty() ? default_namespace : ref.namespace_name,
                     ref.name);
}

/// The SecretBinding wins. nullopt: the shoot names neither.
std::optional<ObjectQuestion> binding_question(const Shoot& shoot) {
  const auto& spec = shoot.spec;
  const auto& name =
      spec.secret_binding_name ? spec.secret_binding_name : spec.credentials_binding_name;
  if (!name) return std::nullopt;
  return ObjectQuestion{
      .source = Source::cache,
      .kind = spec.secret_binding_name ? ReadKind::secret_binding : ReadKind::credentials_binding,
      .namespace_name = std::string(shoot.metadata.namespace_name),
      .name = std::string(*name)};
}

}  // namespace

std::string unsupported_reference(const ObjectReference& ref) {
  return "unsupported credentials reference: version " + quoted(ref.api_version) + ", kind " +
         quoted(ref.kind);
}

Known<Read<Secret>> read_secret(Facts& facts, std::string_view namespace_name,
                                std::string_view name) {
  const ObjectQuestion question{.source = Source::live,
                                .kind = ReadKind::secret,
                                .namespace_name = std::string(namespace_name),
                                .name = std::string(name)};
  return read<Secret>(facts, question, kSecretKind);
}

ObjectQuestion cloud_profile_question(std::string_view name) {
  return {.source = Source::cache,
          .kind = ReadKind::cloud_profile,
          .namespace_name = {},
          .name = std::string(name)};
}

ObjectQuestion namespaced_cloud_profile_question(std::string_view namespace_name,
                                                 std::string_view name) {
  return {.source = Source::cache,
          .kind = ReadKind::namespaced_cloud_profile,
          .namespace_name = std::string(namespace_name),
          .name = std::string(name)};
}

Known<Read<CloudProfile>> read_cloud_profile(Facts& facts, std::string_view name) {
  return read<CloudProfile>(facts, cloud_profile_question(name), kCloudProfileKind);
}

void want_binding(Facts& facts, const Shoot& shoot) {
  const auto question = binding_question(shoot);
  if (question) (void)facts.ask(*question);
}

Known<Read<Secret>> read_secret_of(Facts& facts, const Shoot& shoot, BindingSource source,
                                   std::string_view neither) {
  const auto space = shoot.metadata.namespace_name;
  const auto question = binding_question(shoot);
  if (!question) return base::fail(base::invalid(std::string(neither)));
  if (question->kind == ReadKind::secret_binding) {
    const auto binding = read_binding<SecretBinding>(facts, *question, kSecretBindingKind, source);
    if (!binding) return std::nullopt;
    if (!*binding) return base::fail(binding->error());
    return read_referenced(facts, (*binding)->object.secret_ref, space);
  }
  const auto binding =
      read_binding<CredentialsBinding>(facts, *question, kCredentialsBindingKind, source);
  if (!binding) return std::nullopt;
  if (!*binding) return base::fail(binding->error());
  const auto& ref = (*binding)->object.credentials_ref;
  if (ref.kind == "WorkloadIdentity") return base::fail(base::invalid(unsupported_reference(ref)));
  return read_referenced(facts, ref, space);
}

}  // namespace alicloud
