#include "kube/testing/in_memory_api.hpp"

#include <gtest/gtest.h>

#include "json/parse.hpp"

namespace kube::testing {
namespace {

using json::Value;
using Kind = base::Error::Kind;

class InMemoryApiTest : public ::testing::Test {
 protected:
  static Object make(const Resource& resource, std::string_view name,
                     std::string_view more = "{}") {
    Object object = Object::make(resource, "default", name);
    const auto extra = json::parse(more);
    for (const auto& [key, value] : extra->members()) {
      if (key == "metadata") {
        for (const auto& [field, text] : value.members()) object["metadata"][field] = text;
      } else {
        object[key] = value;
      }
    }
    return object;
  }
  Value ok(const Request& request) {
    auto answer = api_.perform(request);
    EXPECT_TRUE(answer) << describe(request) << ": " << (answer ? "" : answer.error().what);
    return answer ? *answer : Value();
  }
  std::string refused(const Request& request) {
    const auto answer = api_.perform(request);
    return answer ? "accepted" : std::to_string(answer.error().code) + " " + answer.error().reason;
  }
  Value apply(Object object, std::string_view manager, bool force = false) {
    return ok(
        Apply{.object = std::move(object), .field_manager = std::string(manager), .force = force});
  }
  static std::string text(const Value& value) { return json::to_canonical_string(value); }

  base::ManualClock clock_{*base::parse_rfc3339("2026-01-02T03:04:05Z")};
  InMemoryApi api_{clock_, 7};
};

TEST_F(InMemoryApiTest, CreatesWithIdentityAndVersion) {
  const auto made = ok(Create{.object = make(kinds::kConfigMap, "a", R"({"data":{"k":"v"}})"),
                              .field_manager = "m"});
  EXPECT_FALSE(made.at("metadata").at("uid").string_or("").empty());
  EXPECT_EQ(made.at("metadata").at("creationTimestamp"), "2026-01-02T03:04:05Z");
  EXPECT_EQ(text(made.at("metadata").at("managedFields").items().at(0).at("fieldsV1")),
            R"({"f:data":{".":{},"f:k":{}}})");
  EXPECT_EQ(refused(Create{.object = make(kinds::kConfigMap, "a")}), "409 AlreadyExists");
  Object elsewhere = Object::make(kinds::kConfigMap, "missing", "a");
  EXPECT_EQ(refused(Create{.object = elsewhere}), "404 NotFound");
  EXPECT_EQ(refused(Create{.object = make(kinds::kConfigMap, "No_Name")}), "422 Invalid");
}

TEST_F(InMemoryApiTest, RefusesStaleUpdates) {
  Object first(kinds::kConfigMap, ok(Create{.object = make(kinds::kConfigMap, "a")}));
  Object second = first;
  second["data"]["k"] = "v";
  ok(Update{.object = second});
  first["data"]["k"] = "other";
  EXPECT_EQ(refused(Update{.object = first}), "409 Conflict");
  EXPECT_EQ(api_.peek(first.ref())->at("data").at("k"), "v");
}

TEST_F(InMemoryApiTest, AnUpdateThatChangesNothingIsNoWrite) {
  const auto made = ok(Create{.object = make(kinds::kConfigMap, "a", R"({"data":{"k":"v"}})"),
                              .field_manager = "m"});
  clock_.advance(std::chrono::minutes(1));
  const auto same = ok(Update{.object = Object(kinds::kConfigMap, made), .field_manager = "m"});
  EXPECT_EQ(text(same), text(made));
  EXPECT_EQ(api_.writes().size(), 1U);
}

TEST_F(InMemoryApiTest, GenerationCountsChangesOfTheSpecAlone) {
  const auto* spec = R"({"spec":{"minAvailable":1,"selector":{"matchLabels":{"a":"b"}}}})";
  Object budget = make(kinds::kPodDisruptionBudget, "a", spec);
  EXPECT_EQ(apply(budget, "m").at("metadata").at("generation"), 1);
  budget.set_label("x", "y");
  EXPECT_EQ(apply(budget, "m").at("metadata").at("generation"), 1);
  budget["spec"]["minAvailable"] = 2;
  EXPECT_EQ(apply(budget, "m").at("metadata").at("generation"), 2);
}

TEST_F(InMemoryApiTest, AppliersConflictAndForceTakesOver) {
  apply(make(kinds::kConfigMap, "a", R"({"data":{"k":"1","mine":"x"}})"), "one");
  const Object other = make(kinds::kConfigMap, "a", R"({"data":{"k":"2"}})");
  EXPECT_EQ(refused(Apply{.object = other, .field_manager = "two"}), "409 FieldManagerConflict");
  const auto forced = apply(other, "two", true);
  EXPECT_EQ(text(forced.at("data")), R"({"k":"2","mine":"x"})");
  EXPECT_EQ(text(apply(make(kinds::kConfigMap, "a"), "one").at("data")), R"({"k":"2"})");
}

TEST_F(InMemoryApiTest, SharedWebhooksAreMergedByName) {
  const auto hook = [](std::string_view more) {
    return R"({"webhooks":[{"name":"a.b.c",)" + std::string(more) + "}]}";
  };
  const auto kind = kinds::kValidatingWebhookConfiguration;
  Object owner(
      kind,
      *json::parse(
          R"({"metadata":{"name":"w"},"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingWebhookConfiguration","webhooks":[
      {"name":"a.b.c","sideEffects":"None","admissionReviewVersions":["v1"],"clientConfig":{"url":"https://x.y/z"}}]})"));
  Object bundle = owner;
  bundle["webhooks"] = json::parse(hook(R"("clientConfig":{"caBundle":"AAAA"})"))->at("webhooks");
  apply(owner, "owner");
  apply(bundle, "bundle");
  const auto both = apply(owner, "owner");
  EXPECT_EQ(text(both.at("webhooks").items().at(0).at("clientConfig")),
            R"({"caBundle":"AAAA","url":"https://x.y/z"})");
}

TEST_F(InMemoryApiTest, FinalizersHoldADeletion) {
  const auto made =
      ok(Create{.object = make(kinds::kSecret, "a", R"({"metadata":{"finalizers":["x.y/z"]}})")});
  const Object seen(kinds::kSecret, made);
  EXPECT_EQ(refused(Delete{.ref = seen.ref(), .uid = Uid{"other"}}), "409 Conflict");
  ok(Delete{.ref = seen.ref(), .uid = seen.uid()});
  ASSERT_TRUE(api_.peek(seen.ref())->is_being_deleted());
  const auto body = json::parse(R"({"metadata":{"finalizers":null}})");
  ok(Patch{.ref = seen.ref(), .body = *body});
  EXPECT_FALSE(api_.peek(seen.ref()));
}

TEST_F(InMemoryApiTest, ADryRunThatTakesTheLastFinalizerAwayShowsAnEmptyObject) {
  const Object held = make(kinds::kService, "a", R"({"spec":{"ports":[{"port":1}]}})");
  ok(Create{.object = held});
  ok(Delete{.ref = held.ref(), .propagation = "Foreground"});
  const auto shown = ok(Delete{.ref = held.ref(), .propagation = "Background", .dry_run = true});
  EXPECT_EQ(shown.at("kind"), "Service");
  EXPECT_TRUE(shown.at("metadata").members().empty());
  EXPECT_TRUE(api_.peek(held.ref()));
}

TEST_F(InMemoryApiTest, ADeletedNamespaceKeepsItsFinalizersInOrderUnlessOneIsAdded) {
  const auto space = Object::make(kinds::kNamespace, "", "s");
  const auto finalizers = [&] { return api_.peek(space.ref())->finalizers(); };
  Object held = space;
  held["metadata"]["finalizers"] = Value::array({"orphan", "x.y/z"});
  ok(Create{.object = held});
  api_.put_finalizers_in_order({"x.y/z", "orphan"});
  ok(Delete{.ref = space.ref(), .propagation = "Orphan"});
  EXPECT_EQ(finalizers(), (std::vector<std::string>{"orphan", "x.y/z"}));
  api_.forget(space.ref());
  held["metadata"]["finalizers"] = Value::array({"orphan"});
  ok(Create{.object = held});
  api_.put_finalizers_in_order({"foregroundDeletion", "orphan"});
  ok(Delete{.ref = space.ref(), .propagation = "Foreground"});
  EXPECT_EQ(finalizers(), (std::vector<std::string>{"foregroundDeletion"}));
  api_.forget(space.ref());
  held["metadata"]["finalizers"] = Value::array({"x.y/z"});
  ok(Create{.object = held});
  api_.put_finalizers_in_order({"foregroundDeletion", "x.y/z"});
  ok(Delete{.ref = space.ref(), .propagation = "Foreground"});
  EXPECT_EQ(finalizers(), (std::vector<std::string>{"foregroundDeletion", "x.y/z"}));
}

TEST_F(InMemoryApiTest, AnApplyIsTypedByTheSchemaBeforeItIsValidated) {
  const Object wrong =
      make(kinds::kAdmissionDeployment, "a", R"({"spec":{"revisionHistoryLimit":"x"}})");
  EXPECT_EQ(refused(Apply{.object = wrong, .field_manager = "m"}), "500 ");
  EXPECT_EQ(refused(Create{.object = wrong}), "422 Invalid");
}

TEST_F(InMemoryApiTest, WhoGivesUpTheInsideLeavesTheOutsideToItsOwner) {
  const auto config = [](const char* more) {
    return *json::parse(R"({"metadata":{"name":"w"},"webhooks":[{"name":"a.b.c",
        "sideEffects":"None","admissionReviewVersions":["v1"])" +
                        std::string(more) + "}]}");
  };
  const auto kind = kinds::kValidatingWebhookConfiguration;
  const auto* inside = R"(,"clientConfig":{"url":"https://x.y/z"})";
  ok(Create{.object = Object(kind, config(inside)), .field_manager = "one"});
  ok(Apply{.object = Object(kind, config(R"(,"clientConfig":{"url":"https://x.y/other"})")),
           .field_manager = "two",
           .force = true});
  // No conflict with the one who made clientConfig, but a webhook that nobody could call.
  EXPECT_EQ(refused(Apply{.object = Object(kind, config("")), .field_manager = "two"}),
            "422 Invalid");
}

TEST_F(InMemoryApiTest, TheOldestOfMoreThanTenWhoUpdateBecomeOne) {
  const auto object = make(kinds::kConfigMap, "a", R"({"data":{"z":"v"}})");
  ok(Create{.object = object, .field_manager = "m0"});
  for (char letter = 'a'; letter < 'l'; ++letter) {
    clock_.advance(std::chrono::seconds(1));
    const auto body = Value::object({{"data", Value::object({{std::string(1, letter), "v"}})}});
    ok(Patch{.ref = object.ref(), .body = body, .field_manager = std::string("m") + letter});
  }
  const auto entries = api_.peek(object.ref())->at("metadata").at("managedFields").items();
  ASSERT_EQ(entries.size(), 10U);
  EXPECT_EQ(entries[0].at("manager"), "ancient-changes");
  EXPECT_EQ(text(entries[0].at("fieldsV1")), R"({"f:data":{".":{},"f:a":{},"f:b":{},"f:z":{}}})");
  EXPECT_EQ(entries[0].at("time"), "2026-01-02T03:04:07Z");
  EXPECT_EQ(entries[1].at("manager"), "mc");
}

TEST_F(InMemoryApiTest, ANamespaceKeepsWhatFinalizesItWhateverAnUpdateSays) {
  const auto space = Object::make(kinds::kNamespace, "", "s");
  ok(Create{.object = space});
  const auto updated = ok(Update{.object = space});
  EXPECT_EQ(text(updated.at("spec")), R"({"finalizers":["kubernetes"]})");
}

TEST_F(InMemoryApiTest, PagesShowOneState) {
  for (const auto* name : {"a", "b", "c"}) ok(Create{.object = make(kinds::kLease, name)});
  List request{.resource = kinds::kLease, .namespace_name = "default", .limit = 2};
  const auto first = ok(request);
  EXPECT_EQ(first.at("metadata").at("remainingItemCount"), 1);
  ok(Delete{.ref = make(kinds::kLease, "c").ref()});
  request.continue_token = first.at("metadata").at("continue").string_or("");
  const auto second = ok(request);
  ASSERT_EQ(second.at("items").items().size(), 1U);
  EXPECT_EQ(second.at("items").items()[0].at("metadata").at("name"), "c");
  api_.compact();
  EXPECT_EQ(refused(request), "410 Expired");
}

TEST_F(InMemoryApiTest, TokensAreBoundToLivingSecrets) {
  ok(Create{.object = make(kinds::kServiceAccount, "a")});
  const auto secret = make(kinds::kSecret, "s");
  Post request{.ref = make(kinds::kServiceAccount, "a").ref(),
               .subresource = "token",
               .body = token_request_body(std::chrono::hours(1), {}, secret.ref(), Uid{})};
  EXPECT_EQ(refused(request), "404 NotFound");
  ok(Create{.object = secret});
  const auto answer = ok(request);
  EXPECT_EQ(answer.at("status").at("expirationTimestamp"), "2026-01-02T04:04:05Z");
}

TEST_F(InMemoryApiTest, SomeKindsTakeAnyPathSegmentAsTheirName) {
  const auto* spec = R"({"spec":{"selector":{"matchLabels":{"a":"b"}}}})";
  ok(Create{.object = make(kinds::kPodDisruptionBudget, "Upper_case", spec)});
  EXPECT_EQ(refused(Create{.object = make(kinds::kPodDisruptionBudget, "a%b", spec)}),
            "422 Invalid");
  EXPECT_EQ(refused(Create{.object = make(kinds::kLease, "Upper_case")}), "422 Invalid");
}

TEST_F(InMemoryApiTest, OnlyTheCoreWantsFinalizersWithADomain) {
  const auto* bare = R"({"metadata":{"finalizers":["hold"]}})";
  ok(Create{.object = make(kinds::kLease, "a", bare)});
  ok(Create{.object = make(kinds::kPodDisruptionBudget, "a", bare)});
  ok(Create{.object = make(kinds::kEvent, "a",
                           R"({"metadata":{"finalizers":["hold"]},
                               "involvedObject":{"namespace":"default"}})")});
  EXPECT_EQ(refused(Create{.object = make(kinds::kSecret, "a", bare)}), "422 Invalid");
  EXPECT_EQ(refused(Create{.object = make(kinds::kRole, "a", bare)}), "422 Invalid");
}

TEST_F(InMemoryApiTest, TheOldNameOfAServiceAccountStaysWhereTheNewOneIsTakenBack) {
  const auto set = [&](std::string_view account) {
    return make(kinds::kReplicaSet, "a",
                R"({"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{
                     "metadata":{"labels":{"a":"b"}},"spec":{)" +
                    std::string(account) + R"("containers":[{"name":"c","image":"i"}]}}}})");
  };
  apply(set(R"("serviceAccountName":"x",)"), "m");
  const auto taken_back = apply(set(""), "m");
  const auto& pod = taken_back.at("spec").at("template").at("spec");
  EXPECT_EQ(pod.at("serviceAccount"), "x");
  EXPECT_EQ(pod.at("serviceAccountName"), "x");
}

TEST_F(InMemoryApiTest, AnApplierThatChangesNothingKeepsItsTime) {
  const Object mine = make(kinds::kConfigMap, "a", R"({"data":{"k":"1"}})");
  apply(mine, "one");
  clock_.advance(std::chrono::minutes(1));
  const auto shared = apply(mine, "two");
  const auto& entries = shared.at("metadata").at("managedFields").items();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].at("manager"), "two");
  EXPECT_TRUE(entries[0].at("time").is_null());
  EXPECT_EQ(entries[1].at("time"), "2026-01-02T03:04:05Z");
  clock_.advance(std::chrono::minutes(1));
  EXPECT_EQ(text(apply(mine, "one")), text(shared));
}

}  // namespace
}  // namespace kube::testing
