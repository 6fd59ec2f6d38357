#include "webhook/alicloud/admission.hpp"

#include <gtest/gtest.h>

#include "json/parse.hpp"
#include "json/patch.hpp"

namespace alicloud {
namespace {

using json::Value;
using protocol::Verdict;

constexpr std::string_view kVersion = "alicloud.provider.extensions.gardener.cloud/v1alpha1";

Value parsed(std::string_view text) { return json::parse(text).value(); }

Value shoot() {
  return parsed(R"({
    "apiVersion": "core.gardener.cloud/v1beta1", "kind": "Shoot",
    "metadata": {"name": "crazy", "namespace": "garden-dev"},
    "spec": {
      "region": "cn-shanghai", "credentialsBindingName": "binding",
      "kubernetes": {"version": "1.33.2"},
      "cloudProfile": {"kind": "CloudProfile", "name": "alicloud"},
      "networking": {"type": "calico", "nodes": "10.250.0.0/16", "pods": "100.0.0.0/11"},
      "provider": {
        "type": "alicloud",
        "infrastructureConfig": {
          "apiVersion": "alicloud.provider.extensions.gardener.cloud/v1alpha1",
          "kind": "InfrastructureConfig",
          "networks": {"vpc": {"id": "vpc-1"}, "zones": [{"name": "a", "workers": "10.250.0.0/19"}]}
        },
        "workers": [{
          "name": "w", "machine": {"type": "t", "image": {"name": "linux", "version": "1"}},
          "volume": {"type": "essd", "size": "50Gi"}, "zones": ["a"]
        }]
      }
    }})");
}

std::string review(const Value& object, const Value& old = {}) {
  const auto kind = parsed(R"({"group":"core.gardener.cloud","version":"v1beta1","kind":"Shoot"})");
  auto request =
      Value::object({{"uid", "u-1"}, {"kind", kind}, {"object", object}, {"oldObject", old}});
  return json::to_string(Value::object({{"request", std::move(request)}}));
}

/// A judgement that can be gone on with.
class Course {
 public:
  Course(std::string_view path, std::string body)
      : review_(protocol::decode(std::move(body)).value()), judgement_(begin(path, review_)) {}
  std::optional<Verdict> next() { return judgement_->next(facts_); }
  std::vector<Question> wanted() { return facts_.take_wanted(); }
  template <class Q>
  void tell(const Q& question, base::Result<typename Q::Answer> answer) {
    facts_.tell(question, std::move(answer));
  }
  void tell_object(const ObjectQuestion& question, std::string_view text) {
    tell(question, std::make_shared<const json::Dom>(json::Dom::parse(std::string(text)).value()));
  }

 private:
  protocol::Review review_;
  std::unique_ptr<Judgement> judgement_;
  Facts facts_;
};

const ObjectQuestion kSecret{.source = Source::live,
                             .kind = ReadKind::secret,
                             .namespace_name = "garden-dev",
                             .name = "creds"};
constexpr std::string_view kCreds = R"({"metadata":{"name":"creds","namespace":"garden-dev"},
  "data":{"accessKeyID":"ZmFrZUtleUlkRm9yVGVzdHM=",
          "accessKeySecret":"ZmFrZS1rZXktc2VjcmV0LWZvci10ZXN0cy1odW50ZXIy"}})";

Value with_a_new_zone(Value object) {
  auto& networks = object["spec"]["provider"]["infrastructureConfig"]["networks"];
  networks["zones"].as_array()->push_back(parsed(R"({"name":"b","workers":"10.250.32.0/19"})"));
  return object;
}

TEST(ShootValidator, ChecksVSwitchesWithASecretBinding) {
  auto before = shoot();
  before["spec"].as_object()->erase("credentialsBindingName");
  before["spec"]["secretBindingName"] = "binding";
  Course judgement("/webhooks/validate", review(with_a_new_zone(before), before));
  EXPECT_FALSE(judgement.next());
  const ObjectQuestion binding{.source = Source::live,
                               .kind = ReadKind::secret_binding,
                               .namespace_name = "garden-dev",
                               .name = "binding"};
  EXPECT_EQ(judgement.wanted(), (std::vector<Question>{binding}));
  judgement.tell_object(
      binding,
      R"({"metadata":{"name":"binding","namespace":"garden-dev"},"secretRef":{"name":"creds"}})");
  EXPECT_FALSE(judgement.next());
  EXPECT_EQ(judgement.wanted(), (std::vector<Question>{kSecret}));
  judgement.tell_object(kSecret, kCreds);
  EXPECT_FALSE(judgement.next());
  const auto wanted = judgement.wanted();
  ASSERT_EQ(wanted.size(), 1u);
  const auto& vswitches = std::get<VSwitchQuestion>(wanted.front());
  EXPECT_EQ(vswitches.vpc_id, "vpc-1");
  EXPECT_EQ(vswitches.credentials.key_id, "fakeKeyIdForTests");
  judgement.tell(vswitches, std::vector<VSwitch>{{.id = "vsw-1", .cidr = "10.250.40.0/24"}});
  const auto verdict = judgement.next();
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->message,
            "spec.provider.infrastructureConfig.networks.zones[1].workers: Invalid value: "
            "\"10.250.32.0/19\": conflicts "
            "with existing vswitch vsw-1 (10.250.40.0/24) in VPC vpc-1");
}

TEST(ShootValidator, LetsWhatIsUnchangedOrOnItsWayOutPass) {
  auto broken = shoot();
  broken["spec"]["provider"]["infrastructureConfig"] = Value();
  EXPECT_FALSE(Course("/webhooks/validate", review(broken)).next()->allowed);
  EXPECT_TRUE(Course("/webhooks/validate", review(broken, broken)).next()->allowed);
  auto leaving = broken;
  leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  EXPECT_TRUE(Course("/webhooks/validate", review(leaving, shoot())).next()->allowed);
}

/// Two workers with different images and one that shares.
Value three_workers() {
  auto object = shoot();
  auto& workers = *object["spec"]["provider"]["workers"].as_array();
  workers.push_back(workers[0]);
  workers.push_back(workers[0]);
  workers[1]["machine"]["image"]["version"] = "2";
  return object;
}

constexpr std::string_view kProfile =
    R"({"metadata":{"name":"alicloud"},"spec":{"providerConfig":{
  "apiVersion":"alicloud.provider.extensions.gardener.cloud/v1alpha1","kind":"CloudProfileConfig",
  "machineImages":[{"name":"linux",
  "versions":[{"version":"1","regions":[{"name":"cn-shanghai","id":"m-1"}]},
              {"version":"2","regions":[{"name":"cn-shanghai","id":"m-2"}]}]}]}}})";

TEST(ShootMutator, AsksForAllImagesAtOnce) {
  Course judgement("/webhooks/mutate", review(three_workers()));
  EXPECT_FALSE(judgement.next());
  const ObjectQuestion profile{.source = Source::cache,
                               .kind = ReadKind::cloud_profile,
                               .namespace_name = "",
                               .name = "alicloud"};
  const ObjectQuestion binding{.source = Source::cache,
                               .kind = ReadKind::credentials_binding,
                               .namespace_name = "garden-dev",
                               .name = "binding"};
  EXPECT_EQ(judgement.wanted(), (std::vector<Question>{profile, binding}));
  judgement.tell_object(profile, kProfile);
  judgement.tell_object(binding,
                        R"({"credentialsRef":{"apiVersion":"v1","kind":"Secret","name":"creds"}})");
  EXPECT_FALSE(judgement.next());
  EXPECT_EQ(judgement.wanted(), (std::vector<Question>{kSecret}));
  judgement.tell_object(kSecret, kCreds);
  EXPECT_FALSE(judgement.next());
  const auto images = judgement.wanted();
  ASSERT_EQ(images.size(), 2u);
  judgement.tell(std::get<ImageQuestion>(images[0]), true);
  judgement.tell(std::get<ImageQuestion>(images[1]), false);
  const auto verdict = judgement.next();
  ASSERT_TRUE(verdict && verdict->allowed);
  const auto& patch = verdict->patch;
  EXPECT_NE(patch.find("/workers/0/volume/encrypted"), std::string::npos);
  EXPECT_EQ(patch.find("/workers/1/volume/encrypted"), std::string::npos);
  EXPECT_NE(patch.find("/workers/2/volume/encrypted"), std::string::npos);
}

TEST(ShootMutator, WritesAListAnewWhereThatIsShorterThanAnOperationForEachFlag) {
  auto object = shoot();
  auto& worker = (*object["spec"]["provider"]["workers"].as_array())[0];
  worker["volume"]["encrypted"] = false;
  worker["dataVolumes"] = json::Array();
  for (int i = 0; i < 20; ++i) {
    auto volume = parsed(R"({"name":"d","unknown":["\"\u00e4"],"size":"1Gi"})");
    if (i == 7) volume["encrypted"] = false;
    if (i == 8) volume["encrypted"] = nullptr;
    worker["dataVolumes"].as_array()->push_back(volume);
  }
  const auto verdict = Course("/webhooks/mutate", review(object)).next();
  ASSERT_TRUE(verdict && verdict->allowed);
  EXPECT_NE(verdict->patch.find(R"("op":"replace","path":"/spec/provider/workers/0/dataVolumes")"),
            std::string::npos);
  for (std::size_t i = 0; i < 20; ++i) (*worker["dataVolumes"].as_array())[i]["encrypted"] = i != 7;
  const auto patched = json::apply_patch(object, parsed(verdict->patch));
  ASSERT_TRUE(patched);
  EXPECT_EQ(patched->at("spec").at("provider").at("workers"),
            object["spec"]["provider"]["workers"]);
}

TEST(ShootMutator, ReportsTheFirstWorkersErrorWhateverComesFirst) {
  auto object = three_workers();
  (*object["spec"]["provider"]["workers"].as_array())[1]["machine"]["image"]["version"] = "unknown";
  Course judgement("/webhooks/mutate", review(object));
  judgement.next();
  for (const auto& question : judgement.wanted())
    judgement.tell_object(std::get<ObjectQuestion>(question), kProfile);
  EXPECT_FALSE(judgement.next());  // the second is wrong already, but the first is not known yet
  for (const auto& question : judgement.wanted()) {
    judgement.tell(std::get<ObjectQuestion>(question), base::fail(base::transient("boom")));
  }
  EXPECT_EQ(judgement.next()->message, "boom");
}

TEST(ShootMutator, NamesANullWorkerOnceThoseBeforeItAreFine) {
  auto object = shoot();
  object["spec"]["provider"]["workers"].as_array()->push_back(nullptr);
  Course judgement("/webhooks/mutate", review(object));
  EXPECT_FALSE(judgement.next());
  for (const auto& question : judgement.wanted())
    judgement.tell(std::get<ObjectQuestion>(question), base::fail(base::transient("boom")));
  EXPECT_EQ(judgement.next()->message, "boom");
  (*object["spec"]["provider"]["workers"].as_array())[0]["volume"]["encrypted"] = true;
  EXPECT_EQ(Course("/webhooks/mutate", review(object)).next()->message,
            "spec.provider.workers[1]: Required value");
}

TEST(ShootMutator, KeepsMembersItDoesNotKnow) {
  auto object = shoot();
  (*object["spec"]["provider"]["workers"].as_array())[0]["volume"]["encrypted"] = true;
  object["spec"]["provider"]["controlPlaneConfig"] =
      Value::object({{"apiVersion", kVersion}, {"kind", "ControlPlaneConfig"}, {"zone", "a"}});
  const auto verdict = Course("/webhooks/mutate", review(object)).next();
  ASSERT_TRUE(verdict && verdict->allowed);
  const auto& patch = verdict->patch;
  EXPECT_NE(patch.find("/spec/provider/controlPlaneConfig/csi"), std::string::npos);
  EXPECT_EQ(patch.find("zone"), std::string::npos);
}

TEST(Admission, KnowsKindsByGroupVersionAndKind) {
  const auto message = [](std::string_view path, std::string_view kind) {
    const auto body = R"({"request":{"kind":)" + std::string(kind) + "}}";
    return Course(path, body).next()->message;
  };
  EXPECT_EQ(message("/webhooks/mutate",
                    R"({"group":"core.gardener.cloud","version":"v9","kind":"Shoot"})"),
            "unexpected request kind core.gardener.cloud/v9, Kind=Shoot");
  EXPECT_EQ(message("/webhooks/validate",
                    R"({"group":"core.gardener.cloud","version":"v9","kind":"Shoot"})"),
            "");
  EXPECT_EQ(message("/webhooks/validate", R"({"version":"v1","kind":"Secret"})"),
            "unexpected request kind /v1, Kind=Secret");
}

}  // namespace
}  // namespace alicloud
