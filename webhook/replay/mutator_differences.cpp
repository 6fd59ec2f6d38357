#include <algorithm>
#include <array>
#include <map>

#include "webhook/replay/differences_text.hpp"
#include "webhook/replay/neighbour.hpp"

namespace replay {

namespace {

constexpr std::string_view kMutate = "/webhooks/mutate";

const json::Value& provider_of(const json::Value& object) {
  return object.at("spec").at("provider");
}

const json::Value& control_plane_of(const json::Value& object) {
  return provider_of(object).at("controlPlaneConfig");
}

const json::Value& network_config_of(const json::Value& object) {
  return object.at("spec").at("networking").at("providerConfig");
}

// A new ControlPlaneConfig says what it is.
void control_plane_has_a_kind(const Case& one, Expectation& expected) {
  if (!expected.patched || !control_plane_of(object_of(one)).is_null()) return;
  if (control_plane_of(*expected.patched).is_null()) return;
  auto& config = (*expected.patched)["spec"]["provider"]["controlPlaneConfig"];
  config["kind"] = "ControlPlaneConfig";
  config["apiVersion"] = "alicloud.provider.extensions.gardener.cloud/v1alpha1";
}

using Names = std::array<std::string_view, 2>;

json::Value pick(const json::Value& from, std::initializer_list<std::string_view> names) {
  json::Object picked;
  for (const auto name : names) {
    if (const auto* member = from.members().find(name)) picked.set(name, *member);
  }
  return picked;
}

/// The members of a ControlPlaneConfig that its type has.
json::Value known_of(const json::Value& config) {
  if (config.as_object() == nullptr) return config;
  const bool internal = config.at("apiVersion").string_or("").ends_with("/__internal");
  const auto csi =
      internal ? Names{"CSI", "EnableADController"} : Names{"csi", "enableADController"};
  const auto manager = internal ? Names{"CloudControllerManager", "FeatureGates"}
                                : Names{"cloudControllerManager", "featureGates"};
  auto known = pick(config, {"apiVersion", "kind", csi.front(), manager.front()});
  for (const auto& [member, only] : {csi, manager}) {
    if (known.at(member).as_object() != nullptr) known[member] = pick(known.at(member), {only});
  }
  return known;
}

/// What was not picked goes back to where it was.
void put_back(json::Value& to, const json::Value& from, const json::Value& picked) {
  for (const auto& [name, value] : from.members()) {
    const auto* kept = picked.members().find(name);
    if (kept == nullptr) {
      to[name] = value;
    } else if (to.at(name).as_object() != nullptr) {
      put_back(to[name], value, *kept);
    }
  }
}

void keep_known(json::Value& object) {
  if (!control_plane_of(object).is_null())
    object["spec"]["provider"]["controlPlaneConfig"] = known_of(control_plane_of(object));
}

// ControlPlaneConfigs are read leniently, as the validator reads them, and what their type has not
// stays in them.
void lenient_control_plane(const Case& one, Expectation& expected) {
  if (!message_of(expected).starts_with(
          "could not decode providerConfig of controlplane: strict decoding error: "))
    return;
  Neighbour beside(one);
  keep_known(beside.object());
  if (beside.is_update()) keep_known(beside.old_object());
  auto answer = beside.answer();
  if (!answer) return;
  const auto& given = control_plane_of(object_of(one));
  if (given.as_object() != nullptr)
    put_back((*answer->patched)["spec"]["provider"]["controlPlaneConfig"], given, known_of(given));
  expect_answer(one, expected, *std::move(answer));
}

/// Numbers of `to` as they are written in `from`, where the Go program's are what a double makes of
/// those.
void restore_numbers(json::Value& to, const json::Value& from) {
  const bool both = to.as_number() != nullptr && from.as_number() != nullptr;
  if (both && to.as_number()->as_double() == from.as_number()->as_double()) to = from;
  if (auto* object = to.as_object()) {
    for (auto& [key, value] : *object) restore_numbers(value, from.at(key));
  }
  if (auto* array = to.as_array(); array != nullptr && array->size() == from.items().size()) {
    for (std::size_t i = 0; i < array->size(); ++i) restore_numbers((*array)[i], from.items()[i]);
  }
}

// Numbers of the network configuration keep their text.
void numbers_stay(const Case& one, Expectation& expected) {
  if (!expected.patched || network_config_of(*expected.patched).as_object() == nullptr) return;
  auto& config = (*expected.patched)["spec"]["networking"]["providerConfig"];
  restore_numbers(config, network_config_of(object_of(one)));
  auto* overlay = config.as_object()->find("overlay");
  if (overlay != nullptr && network_config_of(object_of(one)).at("overlay").is_null())
    restore_numbers(*overlay, network_config_of(old_object_of(one)).at("overlay"));
}

const json::Array& workers_of(const json::Value& object) {
  return provider_of(object).at("workers").items();
}

json::Array* workers_in(json::Value& object) {
  return object["spec"]["provider"]["workers"].as_array();
}

bool lacks_image(const json::Value& worker) {
  const auto& image = worker.at("machine").at("image");
  return image.is_null() || image.at("version").is_null();
}

/// Whether what stays to be said is about workers: the Go program fell over one, or let them pass,
/// having something to do.
bool workers_are_judged(const Case& one, const Expectation& expected) {
  if (code_of(expected) == 500) return true;
  const auto& after = expected.patched ? *expected.patched : object_of(one);
  const auto& before = old_object_of(one);
  return code_of(expected) == 200 && !before.is_null() && after.at("spec") != before.at("spec");
}

// A worker that is null is named.
void no_null_workers(const Case& one, Expectation& expected) {
  const auto& workers = workers_of(object_of(one));
  const auto null =
      std::ranges::find_if(workers, [](const auto& worker) { return worker.is_null(); });
  if (null == workers.end() || !workers_are_judged(one, expected)) return;
  const auto index = std::to_string(null - workers.begin());
  expect_denied(expected, "spec.provider.workers[" + index + "]: Required value");
}

/// What the Go program says of a flag that is absent, or of another type.
bool is_no_bool(const Expectation& expected) {
  return message_of(expected).starts_with("panic: interface conversion: interface {} is ") &&
         message_of(expected).contains(", not bool");
}

void rename_network(json::Value& object) {
  auto* networking = object["spec"]["networking"].as_object();
  auto* type = networking != nullptr ? networking->find("type") : nullptr;
  if (type != nullptr) *type = std::string(type->string_or("")) + "-neighbour";
}

// An overlay that does not say whether it is enabled stays as it is, as that of other networks
// does. One whose flag is no boolean is refused.
void overlay_flag_is_looked_at(const Case& one, Expectation& expected) {
  if (!is_no_bool(expected)) return;
  if (!message_of(expected).contains("interface {} is nil"))
    return expect_denied(expected, "spec.networking.providerConfig.overlay.enabled: Invalid value");
  Neighbour beside(one);
  rename_network(beside.object());
  if (beside.is_update()) rename_network(beside.old_object());
  auto answer = beside.answer();
  if (!answer) return;
  (*answer->patched)["spec"]["networking"]["type"] =
      object_of(one).at("spec").at("networking").at("type");
  expect_answer(one, expected, *std::move(answer));
}

constexpr std::string_view kBeside = "neighbour";

json::Value some_image() { return json::Value::object({{"name", kBeside}, {"version", "0"}}); }

bool is_new(const json::Value& worker, const json::Value& old) {
  return std::ranges::none_of(workers_of(old), [&](const auto& other) {
    return other.at("name").string_or("") == worker.at("name").string_or("");
  });
}

/// Gives images to the workers without one; where one would then be looked up for the sake of a
/// volume, the volume says what it is.
void give_images(json::Value& object, const json::Value& old) {
  auto* workers = workers_in(object);
  if (workers == nullptr) return;
  for (auto& worker : *workers) {
    if (!lacks_image(worker)) continue;
    worker["machine"]["image"] = some_image();
    const auto& volume = worker.at("volume");
    if (is_new(worker, old) && volume.as_object() != nullptr && volume.at("encrypted").is_null())
      worker["volume"]["encrypted"] = false;
  }
}

/// Takes the images of give_images() away again, and what it said of volumes.
void take_images(json::Value& object, const json::Value& given, const json::Value& old) {
  auto* workers = workers_in(object);
  const auto& before = workers_of(given);
  for (std::size_t i = 0; workers != nullptr && i < before.size(); ++i) {
    if (!lacks_image(before[i])) continue;
    (*workers)[i]["machine"] = before[i].at("machine");
    if (is_new(before[i], old) && before[i].at("volume").as_object() != nullptr &&
        before[i].at("volume").at("encrypted").is_null())
      (*workers)[i]["volume"] = before[i].at("volume");
  }
}

/// So that no image of ours is one that the shoot did not have.
void give_image_to_old(json::Value& old) {
  give_images(old, old);
  auto* workers = workers_in(old);
  if (workers == nullptr) return;
  workers->push_back(json::Value::object(
      {{"name", kBeside},
       {"machine", json::Value::object({{"type", kBeside}, {"image", some_image()}})},
       {"volume", json::Value::object({{"size", "1Gi"}, {"encrypted", true}})}}));
}

// A worker without an image, or its version, is not looked up, and its volume stays as it is.
void no_image_no_look_up(const Case& one, Expectation& expected) {
  const auto& object = object_of(one);
  const bool concerned = code_of(expected) == 500 && !is_no_bool(expected) &&
                         std::ranges::any_of(workers_of(object), lacks_image);
  if (!concerned) return;
  const auto& old = old_object_of(one);
  Neighbour beside(one);
  give_images(beside.object(), old);
  if (beside.is_update()) give_image_to_old(beside.old_object());
  auto answer = beside.answer();
  if (!answer) return;
  take_images(*answer->patched, object, old);
  expect_answer(one, expected, *std::move(answer));
}

/// Whether the image of some worker has to be looked up.
bool looks_up(const Case& one) {
  return std::ranges::any_of(workers_of(object_of(one)), [&](const auto& worker) {
    const auto& volume = worker.at("volume");
    return !lacks_image(worker) && volume.as_object() != nullptr &&
           volume.at("encrypted").is_null() && is_new(worker, old_object_of(one));
  });
}

struct Profile {
  std::string_view kind, namespace_name, name;
  /// Of its spec, or of what is merged into its status.
  const json::Value& config_in(const json::Value& object) const {
    const auto& spec =
        kind == "CloudProfile" ? object.at("spec") : object.at("status").at("cloudProfileSpec");
    return spec.at("providerConfig");
  }
};

Profile profile_of(const json::Value& shoot) {
  const auto& spec = shoot.at("spec");
  const auto& ref = spec.at("cloudProfile");
  if (ref.is_null()) return {"CloudProfile", "", spec.at("cloudProfileName").string_or("")};
  if (ref.at("kind").string_or("") != "NamespacedCloudProfile")
    return {"CloudProfile", "", ref.at("name").string_or("")};
  return {"NamespacedCloudProfile", shoot.at("metadata").at("namespace").string_or(""),
          ref.at("name").string_or("")};
}

// A profile without a configuration is named.
void profile_is_configured(const Case& one, Expectation& expected) {
  if (code_of(expected) != 500 || is_no_bool(expected) || !looks_up(one)) return;
  const auto profile = profile_of(object_of(one));
  const auto& objects = one.document.at("clusterObjects").items();
  const auto found = std::ranges::find_if(objects, [&](const auto& object) {
    const auto& metadata = object.at("metadata");
    return object.at("kind").string_or("") == profile.kind &&
           metadata.at("name").string_or("") == profile.name &&
           metadata.at("namespace").string_or("") == profile.namespace_name;
  });
  if (found == objects.end() || !profile.config_in(*found).is_null()) return;
  expect_denied(expected, "could not decode providerConfig of cloudProfile for '" +
                              std::string(profile.namespace_name) + "/" +
                              std::string(profile.name) + "': providerConfig is not set");
}

}  // namespace

void mutator_differences(const Case& one, Expectation& expected) {
  if (!is_about(one, kMutate, "Shoot")) return;
  control_plane_has_a_kind(one, expected);
  lenient_control_plane(one, expected);
  numbers_stay(one, expected);
  no_null_workers(one, expected);
  overlay_flag_is_looked_at(one, expected);
  profile_is_configured(one, expected);
  no_image_no_look_up(one, expected);
}

}  // namespace replay
