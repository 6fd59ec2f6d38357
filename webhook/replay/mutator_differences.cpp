#include <algorithm>

#include "json/parse.hpp"
#include "webhook/replay/differences_text.hpp"

namespace replay {

namespace {

constexpr std::string_view kMutate = "/webhooks/mutate";

const json::Value& provider_of(const json::Value& object) {
  return object.at("spec").at("provider");
}

const json::Value& network_config_of(const json::Value& object) {
  return object.at("spec").at("networking").at("providerConfig");
}

// A new ControlPlaneConfig says what it is.
void control_plane_has_a_kind(const Case& one, Expectation& expected) {
  if (!expected.patched || !provider_of(object_of(one)).at("controlPlaneConfig").is_null()) return;
  if (provider_of(*expected.patched).at("controlPlaneConfig").is_null()) return;
  auto& config = (*expected.patched)["spec"]["provider"]["controlPlaneConfig"];
  config["kind"] = "ControlPlaneConfig";
  config["apiVersion"] = "alicloud.provider.extensions.gardener.cloud/v1alpha1";
}

// ControlPlaneConfigs are read leniently, as the validator reads them.
void lenient_control_plane(Expectation& expected) {
  if (message_of(expected).starts_with(
          "could not decode providerConfig of controlplane: strict decoding error")) {
    expect_allowed(expected);
  }
}

/// Numbers of `to` as they are written in `from`, where both have one.
void restore_numbers(json::Value& to, const json::Value& from) {
  if (to.as_number() != nullptr && from.as_number() != nullptr) to = from;
  if (auto* object = to.as_object()) {
    for (auto& [key, value] : *object) restore_numbers(value, from.at(key));
  }
  if (auto* array = to.as_array(); array != nullptr && array->size() == from.items().size()) {
    for (std::size_t i = 0; i < array->size(); ++i) restore_numbers((*array)[i], from.items()[i]);
  }
}

// Numbers of the network configuration keep their text.
void numbers_stay(const Case& one, Expectation& expected) {
  if (!expected.patched || network_config_of(*expected.patched).is_null()) return;
  restore_numbers((*expected.patched)["spec"]["networking"]["providerConfig"],
                  network_config_of(object_of(one)));
}

bool lacks_image(const json::Value& worker) {
  const auto& image = worker.at("machine").at("image");
  return image.is_null() || image.at("version").is_null();
}

// Where the Go program panics for want of a profile's configuration: it is named.
void name_the_profile(const Case& one, Expectation& expected) {
  const auto& ref = object_of(one).at("spec").at("cloudProfile");
  std::string name = "/";
  if (ref.at("kind").string_or("") == "NamespacedCloudProfile") {
    name = std::string(object_of(one).at("metadata").at("namespace").string_or("")) + "/";
  }
  name.append(
      ref.at("name").string_or(object_of(one).at("spec").at("cloudProfileName").string_or("")));
  expect_denied(expected, "could not decode providerConfig of cloudProfile for '" + name +
                              "': providerConfig is not set");
}

// Nothing panics.
void no_panics(const Case& one, Expectation& expected) {
  if (code_of(expected) != 500 || !is_about(one, kMutate, "Shoot")) return;
  const auto& workers = provider_of(object_of(one)).at("workers").items();
  const auto null =
      std::ranges::find_if(workers, [](const auto& worker) { return worker.is_null(); });
  if (null != workers.end()) {
    const auto index = std::to_string(null - workers.begin());
    return expect_denied(expected, "spec.provider.workers[" + index + "]: Required value");
  }
  const auto& overlay = network_config_of(object_of(one)).at("overlay");
  if (overlay.as_object() != nullptr && !overlay.at("enabled").is_null() &&
      overlay.at("enabled").as_bool() == nullptr) {
    return expect_denied(expected, "spec.networking.providerConfig.overlay.enabled: Invalid value");
  }
  if (std::ranges::any_of(workers, lacks_image)) return expect_allowed(expected);
  const auto& old_overlay = network_config_of(old_object_of(one)).at("overlay");
  const bool no_flag = (overlay.as_object() != nullptr || old_overlay.as_object() != nullptr);
  if (no_flag && overlay.at("enabled").is_null()) return expect_allowed(expected);
  name_the_profile(one, expected);
}

}  // namespace

void mutator_differences(const Case& one, Expectation& expected) {
  if (one.path() != kMutate) return;
  control_plane_has_a_kind(one, expected);
  lenient_control_plane(expected);
  numbers_stay(one, expected);
  no_panics(one, expected);
}

}  // namespace replay
