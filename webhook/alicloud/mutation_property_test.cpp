#include <gtest/gtest.h>

#include <random>

#include "json/parse.hpp"
#include "json/patch.hpp"
#include "webhook/alicloud/admission.hpp"

namespace alicloud {
namespace {

using json::Value;

constexpr std::string_view kProfile =
    R"({"spec":{"providerConfig":{"kind":"CloudProfileConfig",
    "apiVersion":"alicloud.provider.extensions.gardener.cloud/v1alpha1","machineImages":[{"name":"linux",
    "versions":[{"version":"1","regions":[{"name":"r","id":"m-1"}]},
                {"version":"2","regions":[{"name":"r","id":"m-2"}]}]}]}}})";
constexpr std::string_view kBinding = R"({"secretRef":{"name":"creds"}})";
constexpr std::string_view kSecret =
    R"({"data":{"accessKeyID":"ZmFrZQ==","accessKeySecret":"ZmFrZQ=="}})";

/// Shoots with everything that the mutator looks at present, absent, null and odd.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  Value shoot() {
    auto object = parsed(R"({"metadata":{"name":"s","namespace":"n"},"spec":{"region":"r",
        "secretBindingName":"b","cloudProfileName":"p"}})");
    auto& spec = object["spec"];
    if (coin()) object["metadata"]["annotations"] = Value::object({{kTasks, any_task()}});
    if (coin()) spec["networking"] = any({R"({"type":"calico"})", R"({"type":"cilium"})", "{}"});
    if (coin() && !spec.at("networking").is_null())
      spec["networking"]["providerConfig"] = network();
    if (coin()) spec["provider"]["controlPlaneConfig"] = control_plane();
    json::Array workers;
    for (auto left = random_() % 4 + 1; left > 0; --left) workers.push_back(worker());
    spec["provider"]["workers"] = std::move(workers);
    if (coin())
      object["status"] = any({R"({"lastOperation":{"type":"Migrate"}})", "{}",
                              R"({"lastOperation":{"type":"Restore"}})"});
    return object;
  }
  /// A CloudProfile, of which images may come twice. (Versions that come twice are kept once, and
  /// merged with the next: there as here.)
  Value profile() {
    auto object = parsed(R"({"metadata":{"name":"p"},"spec":{}})");
    fill(object["spec"]);
    return object;
  }
  /// A NamespacedCloudProfile, whose status may be filled in already.
  Value namespaced_profile() {
    auto object = profile();
    object["metadata"]["namespace"] = "n";
    object["metadata"]["generation"] = any({"0", "1", "2"});
    object["spec"]["parent"] = any({R"({"kind":"CloudProfile","name":"p"})", "{}"});
    if (coin()) object["status"]["observedGeneration"] = any({"0", "1", "2"});
    if (coin()) fill(object["status"]["cloudProfileSpec"]);
    return object;
  }
  bool coin() { return random_() % 2 == 0; }

 private:
  static constexpr const char* kTasks = "shoot.gardener.cloud/tasks";

  static Value parsed(std::string_view text) { return json::parse(text).value(); }
  Value any(std::initializer_list<std::string_view> texts) {
    return parsed(*(texts.begin() + random_() % texts.size()));
  }
  Value any_task() { return any({R"("")", R"("x")", R"("x,deployInfrastructure")"}); }
  Value network() {
    return any({"null", "{}", R"({"overlay":null,"mtu":9007199254740993})",
                R"({"overlay":{"enabled":true}})", R"({"overlay":{"enabled":false},"a":[1.0]})",
                R"({"overlay":{}})", R"({"overlay":7})",
                R"({"overlay":{"enabled":false},"snatToUpstreamDNS":{"enabled":true}})"});
  }
  Value control_plane() {
    return any({"null", "{}", R"({"csi":null,"zone":"a"})", R"({"csi":{}})",
                R"({"csi":{"enableADController":null},"cloudControllerManager":null})",
                R"({"csi":{"enableADController":false},"kind":"ControlPlaneConfig"})",
                R"({"cloudControllerManager":{"featureGates":{"A":null}}})",
                R"({"cloudControllerManager":{"featureGates":null},"apiVersion":""})"});
  }
  Value worker() {
    Value one = Value::object({{"name", any({R"("a")", R"("b")", R"("c")"})}});
    one["machine"] =
        any({R"({"image":{"name":"linux","version":"1"}})", R"({"image":{"name":"linux"}})",
             R"({"image":{"name":"linux","version":"2"}})", "{}"});
    if (coin()) one["volume"] = volume();
    json::Array data;
    for (auto left = random_() % 3; left > 0; --left) {
      data.push_back(volume());
      data.back()["name"] = any({R"("d")", R"("e")"});
    }
    if (coin()) one["dataVolumes"] = std::move(data);
    return one;
  }
  void fill(Value& spec) {
    if (random_() % 4 > 0) {
      spec["machineCapabilities"] = any(
          {R"([{"name":"architecture","values":["amd64","arm64"]}])", "[]",
           R"([{"name":"architecture","values":["amd64"]},{"name":"boot","values":["a","b"]}])"});
    }
    if (random_() % 4 > 0) spec["machineImages"] = images(false);
    if (random_() % 4 > 0) {
      spec["providerConfig"] = any({"{}", R"({"kind":"CloudProfileConfig"})"});
      spec["providerConfig"]["machineImages"] = images(true);
    }
  }
  Value images(bool configured) {
    json::Array all;
    for (auto left = random_() % 4; left > 0; --left) {
      json::Array versions;
      for (const auto* name : {"1", "2"}) {
        if (coin()) versions.push_back(version(name, configured));
      }
      all.push_back(
          Value::object({{"name", any({R"("a")", R"("b")"})}, {"versions", std::move(versions)}}));
    }
    return all;
  }
  Value version(const char* name, bool configured) {
    Value one = Value::object({{"version", name}});
    if (configured && coin()) one["regions"] = any({"[]", "null", R"([{"name":"r","id":"m-1"}])"});
    if (coin()) one["capabilityFlavors"] = configured ? configured_flavors() : flavors();
    return one;
  }
  Value flavors() {
    return any({"null", "[]", "[null]", R"([{"architecture":["amd64"]}])",
                R"([{"boot":["a"]},{"architecture":["arm64"],"boot":[]}])"});
  }
  Value configured_flavors() {
    return any({"null", "[]", R"([{"regions":[{"name":"r","id":"m-2"}]}])",
                R"([{"capabilities":{"architecture":["arm64"],"boot":null}}])",
                R"([{"capabilities":{"architecture":["amd64"]}},{"capabilities":{}}])"});
  }
  Value volume() {
    return any({"{}", R"({"size":"1Gi","encrypted":null})", R"({"encrypted":true})",
                R"({"encrypted":false})"});
  }

  std::mt19937 random_;
};

void answer(Facts& facts, const Question& question) {
  if (const auto* image = std::get_if<ImageQuestion>(&question))
    return facts.tell(*image, image->image_id == "m-1");
  const auto& object = std::get<ObjectQuestion>(question);
  const auto text = object.kind == ReadKind::secret          ? kSecret
                    : object.kind == ReadKind::cloud_profile ? kProfile
                                                             : kBinding;
  facts.tell(object, std::make_shared<const json::Dom>(*json::Dom::parse(std::string(text))));
}

protocol::Verdict mutate(const Value& object, const Value& old, std::string_view name = "Shoot") {
  const auto kind =
      Value::object({{"group", "core.gardener.cloud"}, {"version", "v1beta1"}, {"kind", name}});
  auto request = Value::object({{"kind", kind}, {"object", object}, {"oldObject", old}});
  const auto review =
      protocol::decode(json::to_string(Value::object({{"request", std::move(request)}}))).value();
  Facts facts;
  const auto judgement = begin("/webhooks/mutate", review);
  for (;;) {
    if (auto verdict = judgement->next(facts)) return *std::move(verdict);
    for (const auto& question : facts.take_wanted()) answer(facts, question);
  }
}

TEST(Mutation, IsMadeOnceWhateverTheShoot) {
  int changed = 0;
  for (unsigned seed = 0; seed < 500; ++seed) {
    Generator generate(seed);
    const auto object = generate.shoot();
    const auto old = generate.coin() ? generate.shoot() : Value();
    const auto first = mutate(object, old);
    ASSERT_TRUE(first.allowed) << seed << first.message;
    if (first.patch.empty()) continue;
    const auto patched = json::apply_patch(object, json::parse(first.patch).value());
    ASSERT_TRUE(patched) << seed << patched.error().what;
    const auto second = mutate(*patched, old);
    ASSERT_EQ(second.patch, "") << seed << json::to_string(object);
    ++changed;
  }
  EXPECT_GT(changed, 200);
}

/// How many of them were changed, each once.
template <class Make>
int expect_made_once(std::string_view kind, Make&& make) {
  int changed = 0;
  for (unsigned seed = 0; seed < 1'000; ++seed) {
    Generator generate(seed);
    const auto object = make(generate);
    const auto first = mutate(object, {}, kind);
    EXPECT_TRUE(first.allowed) << seed << first.message;
    if (first.patch.empty()) continue;
    const auto patched = json::apply_patch(object, json::parse(first.patch).value());
    EXPECT_TRUE(patched) << seed;
    if (!patched) return 0;
    const auto second = mutate(*patched, {}, kind);
    EXPECT_EQ(second.patch, "") << seed << json::to_string(object);
    ++changed;
  }
  return changed;
}

TEST(Mutation, IsMadeOnceWhateverTheProfile) {
  EXPECT_GT(expect_made_once("CloudProfile", [](auto& generate) { return generate.profile(); }),
            25);
  EXPECT_GT(expect_made_once("NamespacedCloudProfile",
                             [](auto& generate) { return generate.namespaced_profile(); }),
            50);
}

}  // namespace
}  // namespace alicloud
