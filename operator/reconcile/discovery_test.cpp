#include "operator/reconcile/discovery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/parse.hpp"

namespace reconcile {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

json::Value parsed(std::string_view text) { return json::parse(text).value(); }

TEST(Discovery, NamesThePreferredVersionOfEachGroup) {
  EXPECT_THAT(paths_of_groups(parsed(R"({"kind": "APIGroupList", "groups": [
      {"name": "apps", "versions": [{"groupVersion": "apps/v1beta1"}, {"groupVersion": "apps/v1"}],
       "preferredVersion": {"groupVersion": "apps/v1", "version": "v1"}},
      {"name": "core.gardener.cloud",
       "preferredVersion": {"groupVersion": "core.gardener.cloud/v1beta1"}}, {}]})")),
              ElementsAre("/apis/apps/v1", "/apis/core.gardener.cloud/v1beta1"));
  EXPECT_THAT(paths_of_groups(parsed("{}")), IsEmpty());
}

TEST(Discovery, TakesWhatCanBeListedInNamespaces) {
  const auto kinds = namespaced_kinds_of(parsed(R"({"groupVersion": "v1", "resources": [
      {"name": "configmaps", "namespaced": true, "kind": "ConfigMap", "verbs": ["get", "list"]},
      {"name": "events", "namespaced": true, "kind": "Event", "verbs": ["list"]},
      {"name": "bindings", "namespaced": true, "kind": "Binding", "verbs": ["create"]},
      {"name": "pods/status", "namespaced": true, "kind": "Pod", "verbs": ["get", "list"]},
      {"name": "nodes", "namespaced": false, "kind": "Node", "verbs": ["list"]}]})"));
  EXPECT_THAT(kinds, ElementsAre(kube::kinds::kConfigMap));
  const auto others =
      namespaced_kinds_of(parsed(R"({"groupVersion": "example.org/v2", "resources": [
      {"name": "things", "namespaced": true, "kind": "Thing", "verbs": ["list"]},
      {"name": "events", "namespaced": true, "kind": "Event", "verbs": ["list"]}]})"));
  EXPECT_THAT(others, ElementsAre(kube::Resource{"example.org", "v2", "things", "Thing", true},
                                  kube::Resource{"example.org", "v2", "events", "Event", true}));
}

}  // namespace
}  // namespace reconcile
