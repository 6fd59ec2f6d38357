#include <algorithm>
#include <array>

#include "json/parse.hpp"
#include "webhook/alicloud/api/config.hpp"
#include "webhook/replay/differences_text.hpp"
#include "webhook/replay/neighbour.hpp"

namespace replay {

namespace {

constexpr std::string_view kValidate = "/webhooks/validate";

// The misspelt word of the Go program.
void spelling(Expectation& expected) {
  edit_message(expected, [](std::string text) {
    replace_all(text, "must not contain leading or traling new lines",
                "must not contain leading or trailing new lines");
    return text;
  });
}

// Paths begin at the root of the object, not at that of the infrastructure configuration.
void whole_paths(const Case& one, Expectation& expected) {
  if (!is_about(one, kValidate, "Shoot")) return;
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kRoots{
      {{"networks", "spec.provider.infrastructureConfig.networks"},
       {"dualStack: ", "spec.provider.infrastructureConfig.dualStack: "},
       {"networking.", "spec.networking."},
       {"region: ", "spec.region: "}}};
  edit_message(expected, [&](std::string text) {
    for (const auto& [from, to] : kRoots) {
      if (text.starts_with(from)) text.replace(0, from.size(), to);
      for (const std::string_view before : {"[", ", "}) {
        replace_all(text, std::string(before).append(from), std::string(before).append(to));
      }
    }
    return text;
  });
}

/// Why our decoder refuses a configuration of the shoot; "" where it does not.
template <class T>
std::string why_not(const Case& one, std::string_view object, std::string_view member,
                    alicloud::Mode mode) {
  const auto body = one.body();
  const auto dom = json::Dom::parse(body);
  if (!dom) return {};
  const auto provider = dom->root().at("request").at(object).at("spec").at("provider");
  const auto config = alicloud::read_config<T>({.node = provider.at(member), .source = body}, mode,
                                               alicloud::TypeFrom::data);
  return config ? std::string() : config.error().what;
}

std::string why_no_infrastructure(const Case& one) {
  using Config = alicloud::InfrastructureConfig;
  auto why = why_not<Config>(one, "object", "infrastructureConfig", alicloud::Mode::strict);
  if (!why.empty()) return why;
  return why_not<Config>(one, "oldObject", "infrastructureConfig", alicloud::Mode::lenient);
}

// Whoever wrote a configuration that cannot be decoded is told why, by our decoder.
void causes(const Case& one, Expectation& expected) {
  if (!is_about(one, kValidate, "Shoot")) return;
  edit_message(expected, [&](std::string text) {
    if (text.ends_with("not allowed to configure an unsupported infrastructureConfig"))
      return text + ": " + why_no_infrastructure(one);
    if (text.ends_with(": isn't a supported version"))
      return text + ": " +
             why_not<alicloud::ControlPlaneConfig>(one, "object", "controlPlaneConfig",
                                                   alicloud::Mode::lenient);
    return text;
  });
}

// What is unchanged, or being deleted, is not judged again.
void unchanged(const Case& one, Expectation& expected) {
  constexpr std::array<std::string_view, 5> kKinds{
      "Shoot", "CloudProfile", "NamespacedCloudProfile", "Seed", "BackupBucket"};
  const bool concerned =
      std::ranges::any_of(kKinds, [&](auto kind) { return is_about(one, kValidate, kind); });
  if (!concerned || code_of(expected) != 403) return;
  const auto& object = object_of(one);
  const bool same =
      !old_object_of(one).is_null() && object.at("spec") == old_object_of(one).at("spec");
  if (same || !object.at("metadata").at("deletionTimestamp").is_null()) expect_allowed(expected);
}

// A SecretBinding that loses its provider is looked at as if it were new.
void lost_provider_is_looked_at(const Case& one, Expectation& expected) {
  const bool panics = is_about(one, kValidate, "SecretBinding") && code_of(expected) == 500;
  const auto& before = old_object_of(one).at("provider");
  if (!panics || !object_of(one).at("provider").is_null() || before.is_null()) return;
  Neighbour beside(one);
  beside.old_object() = nullptr;
  auto answer = beside.answer();
  if (answer) expect_answer(one, expected, *std::move(answer));
}

/// A CredentialsBinding to the same Secret.
json::Value as_credentials_binding(json::Value binding) {
  const auto& ref = binding.at("secretRef");
  return json::Value::object({{"apiVersion", "security.gardener.cloud/v1alpha1"},
                              {"kind", "CredentialsBinding"},
                              {"metadata", binding.at("metadata")},
                              {"credentialsRef", json::Value::object({
                                                     {"apiVersion", "v1"},
                                                     {"kind", "Secret"},
                                                     {"namespace", ref.at("namespace")},
                                                     {"name", ref.at("name")},
                                                 })}});
}

/// In the world of the neighbour, SecretBindings are CredentialsBindings.
void turn_bindings(Neighbour& beside) {
  json::Array objects;
  for (const auto& object : beside.cluster_objects().items()) {
    const auto kind = object.at("kind").string_or("");
    if (kind == "SecretBinding") objects.push_back(as_credentials_binding(object));
    if (kind != "SecretBinding" && kind != "CredentialsBinding") objects.push_back(object);
  }
  beside.cluster_objects() = std::move(objects);
  json::Array errors;
  for (auto error : beside.cluster_errors().items()) {
    const auto kind = std::string(error.at("kind").string_or(""));
    if (kind == "CredentialsBinding") continue;
    if (kind == "SecretBinding") error["kind"] = "CredentialsBinding";
    errors.push_back(std::move(error));
  }
  beside.cluster_errors() = std::move(errors);
}

// The Go program cannot read a SecretBinding where it looks for vswitches: it is as good as a
// CredentialsBinding to the same Secret.
void secret_bindings_work(const Case& one, Expectation& expected) {
  const auto& name = object_of(one).at("spec").at("secretBindingName");
  const bool blind = is_about(one, kValidate, "Shoot") && name.as_string() != nullptr &&
                     message_of(expected).contains("no kind \"GetOptions\" is registered");
  if (!blind) return;
  Neighbour beside(one);
  beside.object()["spec"]["credentialsBindingName"] = name;
  beside.object()["spec"].as_object()->erase("secretBindingName");
  turn_bindings(beside);
  auto answer = beside.answer();
  if (!answer) return;
  edit_message(*answer, [](std::string text) {
    replace_all(text, "credentialsbindings.security.gardener.cloud \"",
                "secretbindings.core.gardener.cloud \"");
    return text;
  });
  answer->patched = object_of(one);
  expect_answer(one, expected, *std::move(answer));
}

/// The binding of the shoot, where it is one to a WorkloadIdentity.
json::Value* workload_identity_of(const Case& one, json::Value& cluster_objects) {
  const auto& object = object_of(one);
  if (!object.at("spec").at("secretBindingName").is_null()) return nullptr;
  auto* objects = cluster_objects.as_array();
  if (objects == nullptr) return nullptr;
  const auto found = std::ranges::find_if(*objects, [&](const auto& other) {
    const auto& metadata = other.at("metadata");
    return other.at("kind").string_or("") == "CredentialsBinding" &&
           metadata.at("name") == object.at("spec").at("credentialsBindingName") &&
           metadata.at("namespace") == object.at("metadata").at("namespace");
  });
  const bool concerned = found != objects->end() &&
                         found->at("credentialsRef").at("kind").string_or("") == "WorkloadIdentity";
  return concerned ? &*found : nullptr;
}

// Credentials that are no Secret are not looked for among the Secrets. They are asked for where a
// Secret that is missing would be missed.
void workload_identities(const Case& one, Expectation& expected) {
  constexpr std::string_view kMissing = "neighbour-that-is-missing";
  if (!is_about(one, one.path(), "Shoot")) return;
  Neighbour beside(one);
  auto* binding = workload_identity_of(one, beside.cluster_objects());
  if (binding == nullptr) return;
  const auto ref = binding->at("credentialsRef");
  (*binding)["credentialsRef"]["name"] = kMissing;
  (*binding)["credentialsRef"]["kind"] = "Secret";
  beside.cluster_errors() = nullptr;
  auto answer = beside.answer();
  const auto missed = "secrets \"" + std::string(kMissing) + "\" not found";
  if (!answer || !message_of(*answer).contains(missed)) return;
  edit_message(*answer, [&](std::string text) {
    replace_all(text, missed,
                "unsupported credentials reference: version " +
                    json::to_string(ref.at("apiVersion")) + ", kind " +
                    json::to_string(ref.at("kind")));
    return text;
  });
  expect_answer(one, expected, *std::move(answer));
}

}  // namespace

void validator_differences(const Case& one, Expectation& expected) {
  spelling(expected);
  whole_paths(one, expected);
  causes(one, expected);
  unchanged(one, expected);
  lost_provider_is_looked_at(one, expected);
  secret_bindings_work(one, expected);
  workload_identities(one, expected);
}

}  // namespace replay
