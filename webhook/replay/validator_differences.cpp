#include <algorithm>
#include <array>

#include "json/parse.hpp"
#include "webhook/replay/differences_text.hpp"

namespace replay {

namespace {

constexpr std::string_view kValidate = "/webhooks/validate";

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// The misspelt word of the Go program.
void spelling(Expectation& expected) {
  edit_message(expected, [](std::string text) {
    replace_all(text, "traling", "trailing");
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

// Whoever wrote a configuration that cannot be decoded is told why.
void causes(Expectation& expected) {
  constexpr std::array<std::string_view, 2> kTexts{
      "not allowed to configure an unsupported infrastructureConfig", "isn't a supported version"};
  edit_message(expected, [&](std::string text) {
    const bool bare = std::ranges::any_of(kTexts, [&](auto end) { return text.ends_with(end); });
    return bare ? text + ": strict decoding error" : text;
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

// The Go program cannot read a SecretBinding here, and panics where one loses its provider.
void secret_bindings_work(const Case& one, Expectation& expected) {
  if (one.path() != kValidate) return;
  const bool panics = is_about(one, kValidate, "SecretBinding") && code_of(expected) == 500;
  const bool blind = message_of(expected).find("no kind \"GetOptions\"") != std::string::npos;
  expected.any_verdict = expected.any_verdict || panics || blind;
}

// Credentials that are no Secret are not looked for among the Secrets.
void workload_identities(const Case& one, Expectation& expected) {
  const auto& name = object_of(one).at("spec").at("credentialsBindingName");
  const auto& objects = one.document.at("clusterObjects").items();
  const auto binding = std::ranges::find_if(objects, [&](const auto& object) {
    return object.at("kind").string_or("") == "CredentialsBinding" &&
           object.at("metadata").at("name") == name;
  });
  if (binding == objects.end()) return;
  const auto& ref = binding->at("credentialsRef");
  const auto missing = "secrets " + json::to_string(ref.at("name")) + " not found";
  if (ref.at("kind").string_or("") != "WorkloadIdentity") return;
  edit_message(expected, [&](std::string text) {
    replace_all(text, missing,
                "unsupported credentials reference: version " +
                    json::to_string(ref.at("apiVersion")) + ", kind " +
                    json::to_string(ref.at("kind")));
    return text;
  });
}

}  // namespace

void validator_differences(const Case& one, Expectation& expected) {
  spelling(expected);
  whole_paths(one, expected);
  causes(expected);
  unchanged(one, expected);
  secret_bindings_work(one, expected);
  workload_identities(one, expected);
}

}  // namespace replay
