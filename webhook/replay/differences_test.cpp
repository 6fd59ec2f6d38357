#include "webhook/replay/differences.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "json/parse.hpp"
#include "webhook/replay/test_mutants.hpp"

namespace replay {
namespace {

using json::Value;

constexpr std::string_view kConfig = "alicloud.provider.extensions.gardener.cloud/v1alpha1";
constexpr std::string_view kPanic =
    "panic: runtime error: invalid memory address or nil pointer dereference [recovered]";

/// Text with `'` for `"`.
Value parsed(std::string text) {
  std::ranges::replace(text, '\'', '"');
  auto value = json::parse(text);
  EXPECT_TRUE(value) << text;
  return value.value_or(Value());
}

/// A recorded case in the making: an allowed creation.
struct Recorded {
  Recorded(std::string_view path, std::string_view group, std::string_view kind, Value object) {
    document["path"] = path;
    document["expect"]["httpStatus"] = 200;
    document["review"]["kind"] = "AdmissionReview";
    document["review"]["apiVersion"] = "admission.k8s.io/v1";
    request()["uid"] = "u-1";
    request()["kind"] = Value::object(
        {{"group", group}, {"version", group.empty() ? "v1" : "v1beta1"}, {"kind", kind}});
    request()["object"] = std::move(object);
    answers(200, "");
  }

  Value& request() { return document["review"]["request"]; }
  Value& spec() { return request()["object"]["spec"]; }
  Recorded& updates(Value old) {
    request()["oldObject"] = std::move(old);
    return *this;
  }
  Recorded& updates_itself() { return updates(request().at("object")); }
  Recorded& knows(std::string objects) {
    document["clusterObjects"] = parsed(std::move(objects));
    return *this;
  }
  /// What the Go program answered.
  Recorded& answers(int code, std::string_view message) {
    Value status = Value::object({{"code", code}, {"metadata", json::Object{}}});
    if (!message.empty()) status["message"] = message;
    if (code == 403) status["reason"] = "Forbidden";
    const bool is_known = code != 413 && !message.starts_with("contentType");
    Value response = Value::object(
        {{"allowed", code == 200}, {"status", std::move(status)}, {"uid", is_known ? "u-1" : ""}});
    Value review = Value::object({{"response", std::move(response)}});
    if (is_known) {
      review["kind"] = "AdmissionReview";
      review["apiVersion"] = "admission.k8s.io/v1";
    }
    document["expect"]["review"] = std::move(review);
    return *this;
  }
  Recorded& patches(Value object) {
    document["expect"]["patchedObject"] = std::move(object);
    return *this;
  }

  Value document;
};

/// Ours is as intended; nothing else passes.
void expect_only(const Recorded& recorded, const std::string& message = "") {
  const auto one = parse_case(json::to_string(recorded.document), "case");
  ASSERT_TRUE(one) << one.error().what;
  const auto outcome = run(*one);
  ASSERT_TRUE(outcome) << outcome.error().what;
  EXPECT_EQ(outcome->review.at("response").at("status").at("message").string_or(""), message);
  const auto expected = with_intended_differences(*one, expectation(*one));
  EXPECT_EQ(difference(expected, *outcome).value_or(""), "");
  for (const auto& mutant : mutants_of(*outcome))
    EXPECT_NE(difference(expected, mutant.outcome), std::nullopt) << mutant.what;
}

/// ... and differs from what was recorded.
void expect_intended(const Recorded& recorded, const std::string& message = "") {
  const auto one = parse_case(json::to_string(recorded.document), "case");
  const auto outcome = run(one.value());
  EXPECT_NE(difference(expectation(*one), outcome.value()), std::nullopt) << "as the Go program";
  expect_only(recorded, message);
}

Value shoot() {
  auto object = parsed(R"({
    'metadata': {'name': 's', 'namespace': 'n'},
    'spec': {'region': 'r', 'cloudProfileName': 'p', 'credentialsBindingName': 'b',
      'kubernetes': {'version': '1.33.2'},
      'networking': {'type': 'calico', 'nodes': '10.250.0.0/16',
                     'providerConfig': {'overlay': {'enabled': true}}},
      'provider': {'workers': [{'name': 'w', 'zones': ['a'],
        'machine': {'type': 't', 'image': {'name': 'i', 'version': '1'}},
        'volume': {'type': 'v', 'size': '1Gi', 'encrypted': true}}]}}})");
  auto& provider = object["spec"]["provider"];
  provider["infrastructureConfig"] = parsed(R"({'kind': 'InfrastructureConfig',
      'networks': {'vpc': {'id': 'vpc-1'}, 'zones': [{'name': 'a', 'workers': '10.250.0.0/19'}]}})");
  provider["infrastructureConfig"]["apiVersion"] = kConfig;
  provider["controlPlaneConfig"] =
      parsed(R"({'kind': 'ControlPlaneConfig', 'csi': {'enableADController': true}})");
  provider["controlPlaneConfig"]["apiVersion"] = kConfig;
  return object;
}

Recorded about_shoot(std::string_view path) {
  return {path, "core.gardener.cloud", "Shoot", shoot()};
}
Recorded validated() { return about_shoot("/webhooks/validate"); }
Recorded mutated() { return about_shoot("/webhooks/mutate"); }

constexpr const char* kSecret =
    R"({'kind': 'Secret', 'metadata': {'name': 'creds', 'namespace': 'n'},
    'data': {'accessKeyID': 'ZmFrZQ==', 'accessKeySecret': 'ZmFrZQ=='}})";

TEST(Differences, SpellTheWord) {
  Recorded one("/webhooks/validate/secrets", "", "Secret",
               parsed(R"({'metadata': {'name': 's', 'namespace': 'n'},
                   'data': {'accessKeyID': 'ZmFrZUtleUlkRm9yVGVzdHM=',
                            'accessKeySecret': 'ZmFrZS1rZXktc2VjcmV0LWZvci10ZXN0cy1vbmx5Cg=='}})"));
  one.answers(403,
              "field \"accessKeySecret\" in secret n/s must not contain leading or traling new "
              "lines");
  expect_intended(
      one,
      "field \"accessKeySecret\" in secret n/s must not contain leading or trailing new lines");
}

TEST(Differences, WriteWholePaths) {
  auto one = validated();
  one.spec()["provider"]["infrastructureConfig"]["networks"]["vpc"]["cidr"] = "10.250.0.0/16";
  const std::string rest =
      "networks.vpc: Invalid value: "
      R"({"ID":"vpc-1","CIDR":"10.250.0.0/16","GardenerManagedNATGateway":null,)"
      R"("UseCustomRouteTable":null}: must specify either a vpc id or a cidr)";
  one.answers(403, rest);
  expect_intended(one, "spec.provider.infrastructureConfig." + rest);
}

TEST(Differences, NameTheCause) {
  auto one = validated();
  one.spec()["provider"]["infrastructureConfig"]["netwroks"] = 1;
  const std::string text =
      "spec.provider.infrastructureConfig: Forbidden: not allowed to configure an unsupported "
      "infrastructureConfig";
  one.answers(403, text);
  expect_intended(one, text + ": strict decoding error: unknown field \"netwroks\"");

  auto other = validated();
  other.spec()["provider"]["controlPlaneConfig"] = parsed("{'kind': 'ControlPlaneConfig'}");
  const std::string start = R"(spec.provider.controlPlaneConfig: Invalid value: )"
                            R"("{\"kind\":\"ControlPlaneConfig\"}": isn't a supported version)";
  other.answers(403, start);
  expect_intended(
      other, start + ": Object 'apiVersion' is missing in '{\"kind\":\"ControlPlaneConfig\"}'");
}

TEST(Differences, LetUnchangedAndDyingObjectsPass) {
  auto one = validated();
  one.spec()["provider"]["workers"] = parsed("[{'name': 'w'}]");
  one.updates_itself().answers(403, "spec.provider.workers[0].volume: Required value");
  expect_intended(one);
  one.request()["oldObject"] = nullptr;
  one.request()["object"]["metadata"]["deletionTimestamp"] = "2026-01-02T03:04:05Z";
  expect_intended(one);
}

TEST(Differences, LookAtTheSecretOfABindingThatLosesItsProvider) {
  const auto binding = parsed(R"({'metadata': {'name': 'b', 'namespace': 'n'},
      'secretRef': {'name': 'creds', 'namespace': 'n'}})");
  Recorded one("/webhooks/validate", "core.gardener.cloud", "SecretBinding", binding);
  auto old = binding;
  old["provider"]["type"] = "alicloud";
  one.updates(old).answers(500, kPanic);
  expect_intended(one, "secrets \"creds\" not found");
  one.knows("[" + std::string(kSecret) + "]");
  expect_intended(one, "field \"accessKeyID\" in secret n/creds must have at least 16 characters");
}

/// A shoot with a second zone, so that the vswitches of its VPC are asked for.
Recorded grown() {
  auto one = validated();
  auto& zones = *one.spec()["provider"]["infrastructureConfig"]["networks"]["zones"].as_array();
  zones.push_back(parsed("{'name': 'b', 'workers': '10.250.32.0/19'}"));
  one.updates(shoot());
  return one;
}

constexpr const char* kNoCredentials =
    "spec.provider.infrastructureConfig: Internal error: could not get Alicloud credentials: ";

TEST(Differences, ReadSecretBindings) {
  auto one = grown();
  one.spec()["secretBindingName"] = "sb";
  one.answers(403, std::string(kNoCredentials) +
                       "no kind \"GetOptions\" is registered for the internal version of group "
                       "\"core.gardener.cloud\" in scheme \"pkg/runtime/scheme.go:111\"");
  expect_intended(
      one, std::string(kNoCredentials) + "secretbindings.core.gardener.cloud \"sb\" not found");
  one.knows(std::string("[") + kSecret +
            R"(, {'kind': 'SecretBinding', 'metadata': {'name': 'sb', 'namespace': 'n'},
                  'secretRef': {'name': 'creds', 'namespace': 'n'}}])");
  expect_intended(one);
  one.document["cloudVSwitches"] = parsed("{'vpc-1': [{'id': 'vsw-1', 'cidr': '10.250.40.0/24'}]}");
  expect_intended(one,
                  "spec.provider.infrastructureConfig.networks.zones[1].workers: Invalid value: "
                  "\"10.250.32.0/19\": conflicts with existing vswitch vsw-1 (10.250.40.0/24) in "
                  "VPC vpc-1");
}

TEST(Differences, DoNotLookForWorkloadIdentitiesAmongSecrets) {
  auto one = grown();
  one.knows(R"([{'kind': 'CredentialsBinding', 'metadata': {'name': 'b', 'namespace': 'n'},
      'credentialsRef': {'apiVersion': 'security.gardener.cloud/v1alpha1',
                         'kind': 'WorkloadIdentity', 'name': 'creds', 'namespace': 'n'}}])");
  one.answers(403, std::string(kNoCredentials) + "secrets \"creds\" not found");
  const auto text = std::string(kNoCredentials) +
                    "unsupported credentials reference: version "
                    "\"security.gardener.cloud/v1alpha1\", kind \"WorkloadIdentity\"";
  expect_intended(one, text);
  // ... also where there is a Secret of that name.
  one.document["clusterObjects"].as_array()->push_back(parsed(kSecret));
  one.answers(200, "");
  expect_intended(one, text);
}

TEST(Differences, SayWhatANewControlPlaneConfigIs) {
  auto one = mutated();
  one.spec()["provider"].as_object()->erase("controlPlaneConfig");
  auto patched = one.request().at("object");
  patched["spec"]["provider"]["controlPlaneConfig"] =
      parsed("{'csi': {'enableADController': true}}");
  one.patches(patched);
  expect_intended(one);
}

TEST(Differences, KeepWhatIsUnknownInAControlPlaneConfig) {
  auto one = mutated();
  const auto config = [&]() -> Value& { return one.spec()["provider"]["controlPlaneConfig"]; };
  config()["zone"] = "a";
  config()["csi"] = parsed("{'old': 1}");
  one.answers(403,
              "could not decode providerConfig of controlplane: strict decoding error: unknown "
              "field \"zone\", unknown field \"csi.old\"");
  expect_intended(one);
  one.updates(shoot());
  expect_intended(one);
  config()["csi"] = 1;
  expect_intended(one, "could not decode providerConfig of controlplane: csi: expected an object");
}

TEST(Differences, KeepTheTextOfNumbers) {
  auto one = mutated();
  auto& config = one.spec()["networking"]["providerConfig"];
  config = parsed("{'big': 9007199254740993, 'small': 1}");
  auto patched = one.request().at("object");
  patched["spec"]["networking"]["providerConfig"] = parsed(
      "{'big': 9007199254740992, 'overlay': {'enabled': false}, 'small': 1,"
      " 'snatToUpstreamDNS': {'enabled': false}}");
  one.patches(patched);
  expect_intended(one);
}

TEST(Differences, NumbersOfAnotherValueAreNoNumbersThatStay) {
  auto one = mutated();
  one.spec()["networking"]["providerConfig"] = parsed("{'a': 1}");
  auto patched = one.request().at("object");
  patched["spec"]["networking"]["providerConfig"] = parsed("{'a': 2}");
  one.patches(patched);
  const auto made = parse_case(json::to_string(one.document), "case");
  ASSERT_TRUE(made);
  const auto expected = with_intended_differences(*made, expectation(*made));
  EXPECT_EQ(expected.patched, patched);
}

TEST(Differences, NameWorkersThatAreNull) {
  auto one = mutated();
  one.spec()["provider"]["workers"].as_array()->push_back(nullptr);
  one.answers(500, kPanic);
  expect_intended(one, "spec.provider.workers[1]: Required value");
}

TEST(Differences, LeaveAnOverlayAloneThatSaysNothing) {
  auto one = mutated();
  one.spec()["networking"]["providerConfig"] = parsed("{'overlay': {}}");
  one.answers(500, "panic: interface conversion: interface {} is nil, not bool [recovered]");
  expect_intended(one);
  one.spec()["networking"].as_object()->erase("providerConfig");
  auto old = shoot();
  old["spec"]["networking"]["providerConfig"] = parsed("{'overlay': {}}");
  one.updates(old);
  expect_intended(one);
}

TEST(Differences, RefuseAnOverlaysFlagThatIsNone) {
  auto one = mutated();
  one.spec()["networking"]["providerConfig"] = parsed("{'overlay': {'enabled': 'yes'}}");
  one.answers(500, "panic: interface conversion: interface {} is string, not bool [recovered]");
  expect_intended(one, "spec.networking.providerConfig.overlay.enabled: Invalid value");
}

Value without_encryption(Value worker) {
  worker["volume"].as_object()->erase("encrypted");
  return worker;
}

TEST(Differences, NameAProfileWithoutConfiguration) {
  auto one = mutated();
  auto& worker = one.spec()["provider"]["workers"].as_array()->front();
  worker = without_encryption(worker);
  one.knows("[{'kind': 'CloudProfile', 'metadata': {'name': 'p'}, 'spec': {}}]");
  one.answers(500, kPanic);
  expect_intended(one,
                  "could not decode providerConfig of cloudProfile for '/p': providerConfig "
                  "is not set");
  one.spec()["cloudProfile"] = parsed("{'kind': 'NamespacedCloudProfile', 'name': 'p'}");
  one.knows("[{'kind': 'NamespacedCloudProfile', 'metadata': {'name': 'p', 'namespace': 'n'}}]");
  expect_intended(one,
                  "could not decode providerConfig of cloudProfile for 'n/p': providerConfig "
                  "is not set");
}

TEST(Differences, DoNotLookUpWhatHasNoImage) {
  auto one = mutated();
  auto& workers = *one.spec()["provider"]["workers"].as_array();
  auto bare = without_encryption(workers.front());
  bare["name"] = "bare";
  bare["machine"] = parsed("{'type': 't'}");
  bare["dataVolumes"] = parsed("[{'name': 'd', 'size': '1Gi'}]");
  workers.push_back(bare);
  one.answers(500, kPanic);
  expect_intended(one);
  auto encrypted = bare;
  encrypted["name"] = "encrypted";
  encrypted["volume"]["encrypted"] = true;
  workers.push_back(encrypted);
  one.updates(shoot());
  expect_intended(one);
}

TEST(Differences, AnswerInJsonAndOnlyToPost) {
  auto one = validated();
  one.document["http"]["method"] = "PUT";
  expect_intended(one);
  one.document["http"]["method"] = "POST";
  expect_only(one);  // Content-Type is no part of a record
}

TEST(Differences, TakeParametersOfTheContentType) {
  auto one = mutated();
  one.document["http"]["contentType"] = "application/json; charset=utf-8";
  one.answers(400, "contentType=application/json; charset=utf-8, expected application/json");
  one.spec()["networking"]["providerConfig"] = parsed("{'overlay': {'enabled': false}}");
  expect_intended(one);
}

TEST(Differences, TakeABodyOfExactlyTheLimitAndCloseBehindALargerOne) {
  auto one = mutated();
  one.document["http"]["padToBytes"] = 7'340'032;
  one.answers(413, "request entity is too large; limit is 7340032 bytes");
  expect_intended(one);
  one.document["http"]["padToBytes"] = 7'340'033;
  expect_only(one, "request entity is too large; limit is 7340032 bytes");
}

TEST(Differences, RefuseWhatIsNoJsonInTheWordsOfOurParser) {
  auto one = mutated();
  one.document["http"]["body"] = "kind: AdmissionReview";
  one.answers(400, "unexpected request kind /, Kind=");
  expect_intended(one, "not JSON: a value is missing at offset 0");
}

}  // namespace
}  // namespace replay
